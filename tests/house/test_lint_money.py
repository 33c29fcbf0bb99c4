"""Money is whole cents.

0.1 + 0.2 is not 0.3 in floating point, and a balance that is off by a cent is a wrong letter to a customer. Decimal
text becomes cents once, in ``regua/money.py``; from there on money is an integer.

What this lint sees, in every room: a name ending in ``_cents`` annotated ``float`` (an argument, a field, a result);
a name of money in currency units (``_reais``, ``_brl``); cents divided by 100 or multiplied by 0.01.
What it leaves alone: ``float64`` columns of whole cents (``regua/columns.py`` says why), and ratios of two amounts.
"""

import ast

AT_THE_BORDER = "regua/money.py"
FLOATS = ("float", "float | None", "Optional[float]", "np.float64", "np.floating", "numpy.float64")
CURRENCY_UNITS = ("_reais", "_brl", "_usd", "_currency")


def _annotated(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node, node.arg, node.annotation
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name | ast.Attribute):
            yield node, node.target.id if isinstance(node.target, ast.Name) else node.target.attr, node.annotation
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, node.name, node.returns


def _speaks_of_cents(node):
    names = (
        getattr(part, "id", None) or getattr(part, "attr", None) or getattr(part, "value", None)
        for part in ast.walk(node)
    )
    return any(isinstance(name, str) and name.endswith("_cents") for name in names)


def test_nothing_in_cents_is_declared_a_float(rooms):
    floats = [
        f"{source.place(node)} {name}: {ast.unparse(annotation)}"
        for source in rooms
        for node, name, annotation in _annotated(source.tree)
        if name.endswith("_cents") and annotation is not None and ast.unparse(annotation) in FLOATS
    ]
    assert not floats, "cents are int:\n" + "\n".join(floats)


def test_no_name_holds_money_in_currency_units(rooms):
    units = [
        f"{source.place(node)} {name}"
        for source in rooms
        for node, name, _ in _annotated(source.tree)
        if name.endswith(CURRENCY_UNITS)
    ]
    assert not units, "keep cents and convert at the border with regua.money:\n" + "\n".join(units)


def test_cents_become_currency_only_in_the_money_module(rooms):
    converting = []
    for source in rooms:
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.BinOp) or not isinstance(node.right, ast.Constant):
                continue
            by_hundred = isinstance(node.op, ast.Div) and node.right.value in (100, 100.0)
            by_hundredth = isinstance(node.op, ast.Mult) and node.right.value == 0.01
            if (by_hundred or by_hundredth) and _speaks_of_cents(node.left) and source.name != AT_THE_BORDER:
                converting.append(f"{source.place(node)} {ast.unparse(node)}")
    assert not converting, "show money with regua.money.in_words:\n" + "\n".join(converting)
