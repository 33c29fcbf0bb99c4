import subprocess
import sys

PROGRAM = """
import sys
from models import boosting
boosting.take_up_alone()
import lightgbm
print(sorted(boosting.BESIDE & set(sys.modules)))
import sklearn, pandas
print(lightgbm.Booster.__name__, pandas.DataFrame.__name__)
"""


def test_a_service_takes_up_lightgbm_without_what_it_would_take_along():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["[]", "Booster DataFrame"], done.stderr
