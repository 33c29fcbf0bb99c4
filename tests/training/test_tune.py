from models import SPECS
from models.encode import Encoder
from training.teaching.tune import search, untuned

SPEC = SPECS["roll_risk"]


def _search(train, **more):
    encoder = Encoder.learn(SPEC.features, train.columns)
    asked = {"trials": 3, "rows": 600, "trees": 25, "seed": 7, "threads": 1} | more
    return search(SPEC, encoder, train, **asked)


def test_the_same_seed_finds_the_same_settings(cases):
    assert _search(cases()) == _search(cases())


def test_another_seed_looks_elsewhere(cases):
    assert _search(cases(), seed=8).trials[1:] != _search(cases()).trials[1:]


def test_the_search_takes_the_best_of_what_it_tried(cases):
    said = []
    tuned = _search(cases(), progress=said.append)
    assert tuned.log_loss == min(tuned.trials)
    assert len(tuned.trials) == len(said) == 3
    assert tuned.params["deterministic"]
    assert 10 <= tuned.params["num_iterations"] <= 25


def test_too_few_answers_are_not_searched_on(cases):
    assert _search(cases(rows=12)) == untuned(seed=7, threads=1)
