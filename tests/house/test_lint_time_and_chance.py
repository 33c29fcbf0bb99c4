"""Time and chance come from outside.

A decision is replayed byte for byte years later, and a customer's luck does not depend on the batch. Both are lost the
day one function asks the machine for the hour or rolls its own dice. So only ``regua/clock.py`` may ask for the time,
and only ``regua/dice.py`` and the simulated portfolio may ask for chance. (A request without a name is given one.)
"""

import ast
import re

CLOCK = "regua/clock.py"
DICE = (
    "regua/dice.py",
    "training/portfolio",
    "serving/api/identity.py",  # names HTTP requests
    "serving/access/keys.py",  # a key must not be guessed
    "regua/client/client.py",  # gives each request a key of its own
)

ASKING_THE_TIME = re.compile(
    r"datetime\.datetime\.(now|utcnow|today)|datetime\.date\.today|pandas\.Timestamp\.(now|today|utcnow)"
    r"|time\.(time|time_ns|localtime|gmtime|ctime|strftime)"
)
ROLLING_DICE = re.compile(r"(random|secrets|numpy\.random)(\..*)?|uuid\.uuid[14]|sklearn\.utils\.check_random_state")
ASKING_THE_TIME_IN_SQL = re.compile(r"\b(current_timestamp|current_date|localtimestamp)\b|\b(now|today)\(\)", re.I)


def _docstrings(tree):
    holders = (node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef))
    return {id(node.body[0].value) for node in holders if node.body and isinstance(node.body[0], ast.Expr)}


def test_only_the_clock_asks_the_machine_for_the_time(rooms, tests):
    asking = [
        f"{source.place(node)} {dotted}"
        for source in rooms + tests
        if source.name != CLOCK
        for node, dotted in source.mentions()
        if ASKING_THE_TIME.fullmatch(dotted)
    ]
    assert not asking, "take a moment or a regua.clock.Clock as an argument instead:\n" + "\n".join(asking)


def test_no_query_asks_the_database_for_the_time(rooms):
    asking = [
        f"{source.place(node)} {node.value.strip()[:60]!r}"
        for source in rooms
        for documentation in [_docstrings(source.tree)]
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
        if ASKING_THE_TIME_IN_SQL.search(node.value)
    ]
    assert not asking, "pass the moment as a parameter of the query:\n" + "\n".join(asking)


def test_only_the_dice_and_the_simulated_portfolio_ask_for_chance(rooms):
    rolling = [
        f"{source.place(node)} {dotted}"
        for source in rooms
        if not source.name.startswith(DICE)
        for node, dotted in source.mentions()
        if ROLLING_DICE.fullmatch(dotted)
    ]
    assert not rolling, "draw from regua.dice with a customer, a purpose and a day:\n" + "\n".join(rolling)
