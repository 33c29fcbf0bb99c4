import re

import numpy as np
import pytest

from models import SPECS
from models.families import FAMILIES
from models.reasons import _words, codes, explain, explain_batch, reason
from regua.columns import take
from regua.errors import DataError

REPERTOIRE = {
    *("pre_due_delay", "roll_risk", "self_cure", "ability_to_pay", "willingness_to_pay", "promise_kept"),
    *("arrangement_break", "contactability", "channel_response", "best_time", "uplift", "offer_response"),
    *("recovery_curve", "complaint_risk"),
}
JARGON = re.compile(
    r"\b(features?|vari[áa]ve(l|is)|scores?|boosters?|shap|log|logit|model(o|s)?|probabilidades?|probabilit(y|ies)|uplift"
    r"|propens\w*|default|inadimpl\w*|bucket|cure|roll|hazard|calibra\w*|percentile|quantile|treatment|tratamento)\b",
    re.I,
)
PROTECTED_WORDS = re.compile(
    r"\b(sexo|sex|g[êe]nero|gender|homem|mulher|m[ae]n|wom[ae]n|idade|age|old|jovem|young|idos\w*|ra[çc]a|race|cor"
    r"|colou?r|etnia|ethnic\w*|relig\w*|sa[úu]de|health|doen[çc]a|illness|defici[êe]ncia|disab\w*|casad\w*|married"
    r"|solteir\w*|single|nacionalidade|nationality|orienta[çc][ãa]o|sindica\w*|union|pol[íi]tic\w*|politic\w*)\b",
    re.I,
)
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


def test_the_whole_repertoire_has_words_of_its_own():
    assert set(_words()["models"]) >= REPERTOIRE
    assert set(SPECS) <= REPERTOIRE
    assert set(_words()["families"]) == set(FAMILIES)


def test_no_reason_speaks_jargon_or_of_what_is_protected():
    names = sorted({*NAMES, *_words()["models"]})
    sentences = [
        sentence
        for name in names
        for family in FAMILIES
        for raises in (True, False)
        for sentence in reason(name, family, raises=raises).text.values()
    ]
    assert [sentence for sentence in sentences if JARGON.search(sentence)] == []
    assert [sentence for sentence in sentences if PROTECTED_WORDS.search(sentence)] == []
    assert JARGON.search("the model's score")
    assert PROTECTED_WORDS.search("a idade da pessoa")


def test_up_and_down_never_say_the_same():
    for name in _words()["models"]:
        up, down = (reason(name, "promises", raises=raises) for raises in (True, False))
        assert all(up.text[language] != down.text[language] for language in up.text)


def test_an_artifact_without_words_is_refused_and_not_given_the_words_of_another():
    with pytest.raises(DataError, match="has no words"):
        reason("generosity", "promises", raises=True)


def test_the_parts_sum_to_the_score_to_the_ninth_digit(artifact, profile):
    told = explain(artifact, profile)
    raw = artifact.raw(artifact.encoder.encode(profile))
    assert np.abs(told.by_family.sum(axis=1) + told.common - raw).max() <= 1e-9


def test_a_reason_does_not_depend_on_who_else_is_explained(artifact, profile):
    together = explain_batch(artifact, profile)
    alone = explain_batch(artifact, take(profile, slice(17, 18)))
    assert together.of(17) == alone.of(0)
    for row, said in enumerate(explain(artifact, profile).reasons()):
        assert together.of(row) == tuple(one.code for one in said)
    assert together.places.shape == (600, 4)
    assert explain_batch(artifact, take(profile, slice(0, 0))).places.shape == (0, 4)
    assert explain_batch(artifact, profile, limit=2).of(0) == together.of(0)[:2]
