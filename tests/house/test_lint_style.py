"""Files that can be read in one sitting, names that explain themselves, types and a sentence on everything public.

A newcomer should understand any file without its author. Small files and functions, full types and a first line a
business reader follows are what makes that true, and they erode one reasonable exception at a time.
"""

import ast
import re
import statistics

LARGEST_FILE = 300
LARGEST_MEDIAN = 140
LARGEST_FUNCTION = 60
NAMES_THAT_SAY_NOTHING = re.compile(r"(^|_)(utils?|helpers?|common|managers?|misc|stuff)($|_)")
WORDS_THAT_ADD_NOTHING = {"a", "an", "the", "this", "of", "to", "for", "and", "return", "returns", "get", "gets", "its"}


def _words(name):
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def _defined(source):
    return (n for n in ast.walk(source.tree) if isinstance(n, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef))


def _body_lines(function):
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    documented = ast.get_docstring(function, clean=False) is not None
    return lines - (first.end_lineno - first.lineno + 1) if documented else lines


def test_no_file_is_too_long_to_read_in_one_sitting(rooms, tests):
    long = [f"{source.name}: {source.lines} lines" for source in rooms + tests if source.lines > LARGEST_FILE]
    assert not long, f"split by meaning, none over {LARGEST_FILE}:\n" + "\n".join(long)


def test_the_median_module_is_small(rooms):
    lines = [source.lines for source in rooms if source.lines > 1 and not source.name.endswith("__init__.py")]
    assert statistics.median(lines) <= LARGEST_MEDIAN, f"median {statistics.median(lines)}, largest {max(lines)} lines"


def test_no_function_is_too_long_to_see_at_once(rooms, tests):
    long = [
        f"{source.place(function)} {function.name}: {_body_lines(function)} lines without its docstring"
        for source in rooms + tests
        for function in source.functions()
        if _body_lines(function) > LARGEST_FUNCTION
    ]
    assert not long, f"a function has at most {LARGEST_FUNCTION} lines:\n" + "\n".join(long)


def test_every_public_function_is_typed_throughout(rooms):
    untyped = []
    for source in rooms:
        for node in source.public_definitions():
            if isinstance(node, ast.ClassDef):
                continue
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            arguments += [star for star in (node.args.vararg, node.args.kwarg) if star]
            missing = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
            if missing or node.returns is None:
                untyped.append(f"{source.place(node)} {node.name}: {', '.join(missing) or 'its result'}")
    assert not untyped, "\n".join(untyped)


def test_everything_public_has_a_sentence_that_adds_to_its_name(rooms):
    silent, repeating = [], []
    for source in rooms:
        for node in source.public_definitions():
            first = (ast.get_docstring(node) or "").split("\n")[0]
            place = f"{source.place(node)} {node.name}"
            said = set(re.findall(r"[a-z0-9]+", first.lower())) - WORDS_THAT_ADD_NOTHING
            if not first and not node.name.startswith("__"):
                silent.append(place)
            elif first and said <= set(_words(node.name).split("_")):
                repeating.append(f"{place}: {first!r}")
    assert not silent, "say what it does in a sentence:\n" + "\n".join(silent)
    assert not repeating, "the docstring repeats the name; say what it means:\n" + "\n".join(repeating)


def test_every_file_opens_with_what_it_is_for(rooms, tests):
    silent = [
        source.name
        for source in rooms + tests
        if not ast.get_docstring(source.tree) and (source.room != "tests" or "/house/" in source.name)
    ]
    assert not silent, "open with a docstring:\n" + "\n".join(silent)


def test_every_room_opens_with_the_question_it_answers(rooms):
    doors = [source for source in rooms if source.name.count("/") == 1 and source.name.endswith("__init__.py")]
    mute = [source.name for source in doors if "?" not in (ast.get_docstring(source.tree) or "").split("\n")[0]]
    assert len(doors) == 6
    assert not mute, mute


def test_names_explain_themselves(rooms, tests):
    vague = [source.name for source in rooms + tests if NAMES_THAT_SAY_NOTHING.search(source.path.stem)]
    vague += [
        f"{source.place(node)} {node.name}"
        for source in rooms + tests
        for node in _defined(source)
        if NAMES_THAT_SAY_NOTHING.search(_words(node.name))
    ]
    assert not vague, "name it after what it does:\n" + "\n".join(vague)


def test_no_source_file_is_an_empty_promise(rooms):
    promises = [source.name for source in rooms if not source.text.strip()]
    promises += [
        f"{source.place(node)} {ast.unparse(node)}"
        for source in rooms
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Raise) and node.exc and "NotImplementedError" in ast.unparse(node.exc)
    ]
    assert not promises, "leave a clean place, not a stub:\n" + "\n".join(promises)
