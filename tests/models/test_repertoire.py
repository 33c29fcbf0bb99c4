"""The page of the models says what their definitions say, and every model is whole."""

from pathlib import Path

from models import REPERTOIRE, SPECS, repertoire

PAGE = Path(__file__).parents[2] / "docs" / "models.md"


def test_the_page_of_the_models_is_as_their_definitions_tell_it():
    assert PAGE.read_text("utf-8") == repertoire.markdown(SPECS), "regua models --markdown > docs/models.md"


def test_every_model_of_the_repertoire_has_a_question_a_user_and_a_prior_with_its_source():
    assert tuple(SPECS) == REPERTOIRE
    for spec in SPECS.values():
        told = repertoire.described(spec)
        assert told["target"], spec.name
        assert told["used_by"], spec.name
        assert all(0 < rate < 1 for rate in told["priors"].values()), spec.name
        assert told["prior_source"], spec.name


def test_no_two_models_write_the_same_score():
    columns = [name for spec in SPECS.values() for name in repertoire.described(spec)["scores"]]
    assert len(columns) == len(set(columns))
