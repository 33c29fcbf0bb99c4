import numpy as np
import pytest

from models import SPECS
from models.families import FAMILIES
from models.reasons import codes, explain, reason

NAMES = [name for spec in SPECS.values() for name in spec.artifact_names]


def test_the_parts_sum_to_the_score(artifact, profile):
    explanation = explain(artifact, profile)
    raw = artifact.raw(artifact.encoder.encode(profile))
    assert np.allclose(explanation.by_family.sum(axis=1) + explanation.common, raw)


def test_at_most_four_reasons_strongest_first(artifact, profile):
    explanation = explain(artifact, profile)
    for row, said in zip(explanation.by_family, explanation.reasons(), strict=True):
        assert 1 <= len(said) <= 4
        assert said[0].code.endswith(tuple(FAMILIES)[int(np.argmax(np.abs(row)))])


def test_a_late_payer_is_told_that_lateness_raises_the_risk(artifact, profile):
    late = {name: column[:1] for name, column in profile.items()} | {"days_past_due": np.array([99.0])}
    assert "roll_risk_up_arrears_depth" in {said.code for said in explain(artifact, late).reasons()[0]}


def test_a_prior_has_no_reasons_of_its_own(prior, profile):
    explanation = explain(prior, profile)
    assert explanation.reasons() == [()] * 600
    assert np.allclose(explanation.common, np.log(0.16 / 0.84))


@pytest.mark.parametrize("name", NAMES)
def test_every_code_has_a_sentence_in_both_languages(name):
    for family in FAMILIES:
        for raises in (True, False):
            said = reason(name, family, raises=raises)
            assert set(said.text) == {"pt-BR", "en"}
            assert all("{" not in sentence and len(sentence) < 140 for sentence in said.text.values())


def test_codes_are_stable():
    assert "self_cure_down_payment_habit" in codes(["self_cure"])
    assert len(set(codes(NAMES))) == 2 * len(NAMES) * len(FAMILIES)
