from dataclasses import replace

import pytest

from models import SPECS
from models.channel_response import RATE_OF_OTHERS
from models.families import FAMILIES, FAMILY_OF, PROTECTED
from regua.errors import DataError
from regua.vocabulary import CHANNELS, NOTHING

EVERY_SPEC = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)


@EVERY_SPEC
@pytest.mark.parametrize("attribute", sorted(PROTECTED))
def test_a_protected_attribute_cannot_be_listed(spec, attribute):
    with pytest.raises(DataError, match="protected"):
        replace(spec, features=(*spec.features, attribute))


@EVERY_SPEC
def test_a_feature_no_family_explains_cannot_be_listed(spec):
    with pytest.raises(DataError, match="no family"):
        replace(spec, features=(*spec.features, "phase_of_the_moon"))


@EVERY_SPEC
def test_a_feature_cannot_be_listed_twice(spec):
    with pytest.raises(DataError, match="twice"):
        replace(spec, features=(*spec.features, spec.features[0]))


@EVERY_SPEC
@pytest.mark.parametrize(("name", "direction"), [("product", 1), ("days_past_due", 2), ("hold_bits", 1)])
def test_a_direction_that_cannot_hold_is_refused(spec, name, direction):
    with pytest.raises(DataError, match="move the score"):
        replace(spec, monotone={name: direction})


@EVERY_SPEC
def test_every_arm_has_a_documented_prior(spec):
    for arm in spec.each_arm:
        assert 0 < spec.prior[arm].probability < 1
        assert spec.prior[arm].source
    with pytest.raises(DataError, match="no prior"):
        replace(spec, prior={})


@EVERY_SPEC
def test_a_definition_speaks_in_words(spec):
    assert spec.target
    assert spec.observation
    assert spec.performance_days > 0


def test_every_feature_belongs_to_one_family():
    assert sum(len(features) for features in FAMILIES.values()) == len(FAMILY_OF)


def test_channel_response_has_an_arm_for_each_channel_and_for_peace():
    spec = SPECS["channel_response"]
    assert spec.arms == (*CHANNELS, NOTHING)
    assert spec.prior["telegram"].probability == RATE_OF_OTHERS, "a channel without a guess of its own"


def test_a_prior_yields_to_what_was_seen():
    believed = SPECS["self_cure"].prior[""]
    assert believed.shrink(0, 0) == believed.probability
    assert believed.shrink(900, 1_000_000) < 0.002
