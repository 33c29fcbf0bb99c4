"""Tests a reader trusts: they mirror the rooms, read as sentences, never sleep and never meet the network.

A sleeping test is slow on a good day and wrong on a bad one; two tests of one name hide each other; a test named
``test_decide_2`` tells nobody what was promised.
"""

import re
from collections import Counter

NOT_A_ROOM = {"house", "parity", "golden", "bench", "notebooks", "editor", "oracle", "api", "trust"}
SLEEPING = re.compile(r"time\.sleep|asyncio\.sleep|anyio\.sleep")
MEETING_THE_NETWORK = re.compile(r"urllib\.request\..*|requests\..*|http\.client\..*")


def _test_files(tests):
    return [source for source in tests if source.path.name.startswith("test_")]


def test_every_folder_of_tests_mirrors_a_room(rooms, tests):
    mirrored = {source.room for source in rooms} | NOT_A_ROOM
    astray = [source.name for source in _test_files(tests) if source.name.split("/")[1] not in mirrored]
    assert not astray, f"put it under one of {sorted(mirrored)}:\n" + "\n".join(astray)


def test_test_files_have_names_of_their_own_and_no_packages(tests):
    assert not [source.name for source in tests if source.path.name == "__init__.py"]
    counted = Counter(source.path.name for source in _test_files(tests))
    twice = [source.name for source in _test_files(tests) if counted[source.path.name] > 1]
    assert not twice, "two test files of one name:\n" + "\n".join(twice)


def test_test_names_are_sentences(tests):
    short = [
        f"{source.place(node)} {node.name}"
        for source in _test_files(tests)
        for node in source.functions()
        if node.name.startswith("test_") and (node.name.count("_") < 3 or re.search(r"_\d+$", node.name))
    ]
    assert not short, "say what is promised, as in test_a_customer_who_paid_is_not_called:\n" + "\n".join(short)


def test_no_test_sleeps_or_meets_the_network(tests):
    waiting = [
        f"{source.place(node)} {dotted}"
        for source in tests
        if not source.name.startswith(("tests/bench/", "tests/trust/"))  # which start servers and wait for them
        for node, dotted in source.mentions()
        if SLEEPING.fullmatch(dotted) or MEETING_THE_NETWORK.fullmatch(dotted)
    ]
    assert not waiting, "set a clock, or wait for the event itself:\n" + "\n".join(waiting)


def test_every_lint_of_the_house_opens_with_its_reason(tests):
    lints = [source for source in tests if source.name.startswith("tests/house/test_")]
    assert lints
    assert not [source.name for source in lints if len(source.text.split('"""')[1].split()) < 25]
