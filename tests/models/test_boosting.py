import subprocess
import sys

import lightgbm
import numpy as np
import pytest

from models import boosting
from regua.errors import BundleError

FACT = np.arange(40.0).reshape(-1, 1)
TEXT = lightgbm.train(
    {"objective": "binary", "num_iterations": 2, "min_data_in_leaf": 2, "num_threads": 1, "verbosity": -1},
    lightgbm.Dataset(FACT, FACT[:, 0] > 20),
).model_to_string()

PROGRAM = """
import sys
from models import boosting
boosting.take_up_alone()
import lightgbm
print(sorted(boosting.BESIDE & set(sys.modules)))
import sklearn, pandas
print(lightgbm.Booster.__name__, pandas.DataFrame.__name__)
"""


ANSWERING = """
import sys
from models import boosting, leading, plain_steps
print("numba" in sys.modules)
boosting.answer_alone()
leading.compiled()
print("lightgbm" in sys.modules, "scipy" in sys.modules)
boosting.take_up_alone()
print("lightgbm" in sys.modules, "scipy" in sys.modules)
"""


def test_a_process_that_only_answers_walks_before_lightgbm_and_scipy_are_there():
    done = subprocess.run([sys.executable, "-c", ANSWERING], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["False", "False False", "True True"], done.stderr


def test_a_late_booster_is_proved_before_anybody_asks_it():
    proved = []

    def refuse(booster):
        proved.append(booster.num_trees())
        raise BundleError("it says something else")

    late = boosting.LateBooster(TEXT, refuse)
    for _ in range(2):
        with pytest.raises(BundleError, match="something else"):
            late.predict(np.zeros((1, 1)))
    assert proved == [2, 2]
    assert boosting.LateBooster(TEXT, lambda booster: None).num_feature() == 1


def test_a_service_takes_up_lightgbm_without_what_it_would_take_along():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["[]", "Booster DataFrame"], done.stderr
