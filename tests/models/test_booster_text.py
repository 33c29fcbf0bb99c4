"""A booster's text is whole and within its bounds before LightGBM reads it: what passes never ends a process."""

import re
import subprocess
import sys
from collections import Counter
from itertools import product

import lightgbm
import numpy as np
import pytest

from models import booster_text
from regua.errors import BundleError
from tests.oracle.mutants import _BOOSTER_WAYS as WAYS

LOADS = """
import sys
from pathlib import Path
import lightgbm, numpy as np
for file in sorted(Path(sys.argv[1]).glob("*.lgb")):
    try:
        booster = lightgbm.Booster(model_str=file.read_text())
        for rows in (np.zeros((20, 4)), np.full((20, 4), np.nan), np.random.default_rng(1).normal(0, 90, (200, 4))):
            booster.predict(rows, num_threads=1)
            booster.predict(rows[:2], pred_contrib=True, num_threads=1)
    except lightgbm.basic.LightGBMError:
        pass
"""


def booster(trees: int = 6, **params: object) -> str:
    dice = np.random.default_rng(7)
    rows = dice.normal(0, 9, (500, 4))
    rows[:, 2] = dice.integers(0, 40, 500)
    rows[dice.random(500) < 0.2, 1] = np.nan
    label = (rows[:, 0] + np.nan_to_num(rows[:, 1], nan=9.0) + 8 * (rows[:, 2] % 3) > 6).astype(float)
    told = {"objective": "binary", "num_leaves": 9, "verbosity": -1, "num_threads": 1, "cat_smooth": 1, **params}
    data = lightgbm.Dataset(rows, label, categorical_feature=[2], free_raw_data=False)
    return lightgbm.train(told, data, trees).model_to_string()


@pytest.fixture(scope="module")
def text() -> str:
    return booster()


@pytest.mark.parametrize(
    "params", [{}, {"monotone_constraints": [1, 0, 0, -1]}, {"num_leaves": 2}, {"min_gain_to_split": 1e9}]
)
def test_what_lightgbm_writes_is_whole(params):
    booster_text.check(booster(**params))


def test_what_passes_damaged_does_not_end_the_process_that_reads_it(text, tmp_path):
    refused = Counter()
    for way, number in product(WAYS, range(40)):
        file = tmp_path / f"{way}{number:03}.lgb"
        file.write_text(text)
        WAYS[way](file, np.random.default_rng([number, 5]))
        try:
            booster_text.check(file.read_bytes().decode())
        except (BundleError, UnicodeDecodeError):
            file.unlink()
            refused[way] += 1
    done = subprocess.run([sys.executable, "-c", LOADS, str(tmp_path)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-400:]
    assert refused.keys() == WAYS.keys()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8, 0.93, 0.97, 0.995])
def test_a_text_that_was_cut_off_is_refused(text, share):
    with pytest.raises(BundleError, match="not whole"):
        booster_text.check(text[: int(len(text) * share)])


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("left_child", "0 1 2 3 4 5 6 7"),
        ("right_child", "99 1 2 3 4 5 6 7"),
        ("split_feature", "0 0 0 0 0 0 0 4"),
        ("decision_type", "2 2 2 2 2 2 2 77"),
        ("leaf_value", "nan 1 1 1 1 1 1 1 1"),
        ("leaf_value", "1 1 1"),
        ("cat_boundaries", "0 9999"),
        ("num_leaves", "100000000"),
    ],
)
def test_an_index_that_leads_nowhere_is_refused(text, line, numbers):
    broken = re.sub(rf"^{line}=.*$", f"{line}={numbers}", text, count=1, flags=re.M)
    assert broken != text
    with pytest.raises(BundleError, match="not whole"):
        booster_text.check(_with_its_lengths(broken))


def test_lengths_alone_do_not_refuse_a_whole_text(text):
    assert _with_its_lengths(text) == text


def _with_its_lengths(text: str) -> str:
    """Count the trees' lengths anew, so that only what they hold is wrong."""
    body = text[text.index("\n\nTree=0") + 2 : text.index("end of trees")]
    sizes = " ".join(str(len(part)) for part in re.split(r"(?=Tree=)", body) if part)
    return re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", text, flags=re.M)
