"""Is this a booster's text, whole and within its bounds? Asked before LightGBM reads it.

LightGBM trusts its text: cut short, or with an index that leads nowhere, it reads beyond its memory, and whether
that ends the process is chance, so that a trial in another process proves nothing. Here every part it reads is found,
counted and held to its bounds first. Version 4 of the format, one answer, plain leaves: what training writes.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from regua.columns import Array
from regua.errors import BundleError

Told = Mapping[str, str]
"""The lines of the top, or of one tree: ``name=value``."""

_NUMBER = r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
_NUMBERS = re.compile(rf"(?:{_NUMBER}(?: {_NUMBER})*)?")
# A split by whether a fact is there at all has an endless threshold.
_THRESHOLDS = re.compile(rf"(?:(?:{_NUMBER}|inf)(?: (?:{_NUMBER}|inf))*)?")
_WHOLE = re.compile(r"(?:-?\d{1,9}(?: -?\d{1,9})*)?")
_WORDS = re.compile(r"(?:\d{1,10}(?: \d{1,10})*)?")
_END = re.compile(
    r"end of trees\n"
    r"\nfeature_importances:\n(?:[\x21-\x3c\x3e-\x7e]+=\d+\n)*"
    r"(?:\nparameters:\n(?:\[\w+: [\x20-\x7e]*\]\n)*\nend of parameters\n)?"
    r"(?:\npandas_categorical:(?:null|\[\])\n?)?"
)
_TOP = {"version": "v4", "num_class": "1", "num_tree_per_iteration": "1"}
_ALSO_ON_TOP = frozenset(
    {"label_index", "max_feature_idx", "objective", "feature_names", "monotone_constraints", "feature_infos"}
)
_BY_SPLIT = ("split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child")
_BY_SPLIT_TOLD = ("internal_value", "internal_weight", "internal_count")
_BY_LEAF = ("leaf_value", "leaf_weight", "leaf_count")
_OF = {
    **dict.fromkeys(("split_feature", "decision_type", "left_child", "right_child", "leaf_count"), _WHOLE),
    "internal_count": _WHOLE,
    "threshold": _THRESHOLDS,
}
_SETS = ("cat_boundaries", "cat_threshold")
_TREE = frozenset({*_BY_SPLIT, *_BY_SPLIT_TOLD, *_BY_LEAF, "num_leaves", "num_cat", "is_linear", "shrinkage"})
_CATEGORICAL, _KINDS = 1, 16


def parts(text: str) -> tuple[Told, list[Told]]:
    """Split a text into the lines of its top and of each tree."""
    head, *trees = text.partition("\nend of trees")[0].split("\nTree=")
    return _lines(head), [_lines(tree) for tree in trees]


def joined(trees: Sequence[Told], name: str, kind: type) -> Array:
    """Return the numbers of all trees under one name, one tree after the other."""
    return np.array(" ".join(one.get(name, "") for one in trees).split(), np.float64).astype(kind)


def check(text: str) -> None:
    """Refuse a text that LightGBM could not read as it was written.

    Raises
    ------
    BundleError
        Something is cut off, left over, out of its bounds, or not a number; LightGBM must not see it.
    """
    top, trees = parts(text)
    begins = f"tree\n{_written(top)}\nTree=0\n"
    fits = top.keys() == {*_TOP, *_ALSO_ON_TOP, "tree_sizes"} - ({"monotone_constraints"} - top.keys())
    if not fits or not text.isascii() or not text.startswith(begins) or any(top[name] != _TOP[name] for name in _TOP):
        raise _broken("it does not begin as a booster of version 4 with one answer does")
    features = _count(top.get("max_feature_idx")) + 1
    if features < 1 or any(_many(top.get(name, "")) != features for name in ("feature_names", "feature_infos")):
        raise _broken("its features are not as many as it says")
    _check_layout(text, top["tree_sizes"], trees)
    for number, tree in enumerate(trees):
        _check_lines(number, tree)
    _check_bounds(trees, features)


def _lines(part: str) -> Told:
    return dict(line.split("=", 1) for line in part.splitlines() if "=" in line)


def _written(told: Told) -> str:
    return "".join(f"{name}={value}\n" for name, value in told.items())


def _check_layout(text: str, sizes: str, trees: Sequence[Told]) -> None:
    """Follow the lengths by which LightGBM finds its trees: they lead from one to the next, and to the end."""
    told = [int(one) for one in sizes.split()] if _WHOLE.fullmatch(sizes) else []
    if len(told) != len(trees) or not trees:
        raise _broken(f"tree_sizes tells of {len(told)} trees, {len(trees)} are there")
    at = text.index("\nTree=0\n") + 1
    for number, (size, tree) in enumerate(zip(told, trees, strict=True)):
        if text[at : at + max(size, 0)] != f"Tree={number}\n{_written(tree)}\n\n":
            raise _broken(f"tree {number} is not where tree_sizes says, or not whole")
        at += size
    if not _END.fullmatch(text, at):
        raise _broken("what comes after its trees is not whole")


def _check_lines(number: int, tree: Told) -> None:
    """Count what a tree tells: as many numbers as it has splits, leaves and sets of words."""
    leaves, sets = _count(tree.get("num_leaves")), _count(tree.get("num_cat"))
    if leaves < 1 or sets < 0 or tree.keys() != _TREE | (set(_SETS) if sets else set()):
        raise _broken(f"tree {number} does not tell what a tree tells")
    for names, wanted in ((_BY_SPLIT, leaves - 1), (_BY_SPLIT_TOLD, leaves - 1), (_BY_LEAF, leaves)):
        for name in names:
            # A tree that never split tells its one answer alone.
            many = wanted if leaves == 1 and not tree[name] and name != "leaf_value" else _many(tree[name])
            if many != wanted or not _OF.get(name, _NUMBERS).fullmatch(tree[name]):
                raise _broken(f"tree {number}: {name} is not {wanted} numbers")
    if tree["is_linear"] != "0" or not re.fullmatch(_NUMBER, tree["shrinkage"]):
        raise _broken(f"tree {number} has no plain leaves")
    if sets:
        bounds = np.array([_count(one) for one in tree["cat_boundaries"].split()])
        is_rising = len(bounds) == sets + 1 and bounds[0] == 0 and bool((np.diff(bounds) > 0).all())
        if not is_rising or not _WORDS.fullmatch(tree["cat_threshold"]) or _many(tree["cat_threshold"]) != bounds[-1]:
            raise _broken(f"tree {number}: its sets of words do not fit their bounds")


def _check_bounds(trees: Sequence[Told], features: int) -> None:
    """Follow every index: splits ask known features, and each leaf and split hangs from exactly one other."""
    feature, kinds = joined(trees, "split_feature", np.int64), joined(trees, "decision_type", np.int64)
    if (feature < 0).any() or (feature >= features).any() or (kinds < 0).any() or (kinds >= _KINDS).any():
        raise _broken("a split asks something that is not there")
    leaves = np.array([int(tree["num_leaves"]) for tree in trees])
    inner = leaves - 1
    of_tree = np.repeat(np.arange(len(trees)), inner)
    own = np.arange(len(of_tree)) - np.repeat(np.cumsum(inner) - inner, inner)
    below = np.concatenate([joined(trees, name, np.int64) for name in ("left_child", "right_child")])
    tree, parent = np.tile(of_tree, 2), np.tile(own, 2)
    is_leaf = below < 0
    fits = np.where(is_leaf, ~below < leaves[tree], (below < inner[tree]) & (below > parent))
    # Twice as many ways lead down as there are splits: told apart, they reach every leaf and every split but the roots.
    # One number for a tree and a child of it, since neither is as large as four bytes tell.
    if not fits.all() or len(np.unique((tree << 32) + below)) != len(below):
        raise _broken("a child of a split is not there, or hangs twice")
    _check_sets(trees, (kinds & _CATEGORICAL) > 0, of_tree)


def _check_sets(trees: Sequence[Told], asks_words: Array, of_tree: Array) -> None:
    """Refuse splits by words that do not name their tree's sets, each in turn."""
    sets = np.array([int(tree["num_cat"]) for tree in trees])
    named = joined(trees, "threshold", np.float64)[asks_words]
    in_turn = np.arange(sets.sum()) - np.repeat(np.cumsum(sets) - sets, sets)
    if not np.array_equal(np.bincount(of_tree[asks_words], minlength=len(trees)), sets) or (named != in_turn).any():
        raise _broken("a split by words names a set that is not there")


def _count(told: str | None) -> int:
    return int(told) if told is not None and re.fullmatch(r"\d{1,9}", told) else -1


def _many(told: str) -> int:
    return told.count(" ") + 1 if told else 0


def _broken(what: str) -> BundleError:
    return BundleError(
        f"a booster's text is not whole: {what}",
        expected="the text as LightGBM wrote it",
        remedy="train again: regua learn; or promote another release",
    )
