"""The catalogue says of every feature what it means, how sensitive it is and how old it may get."""

import re

import pytest

from features import catalog
from features.tables import TABLES
from regua.errors import DataError
from regua.vocabulary import CHANNELS


def test_the_profile_has_at_least_sixty_features_of_one_name_each():
    names = [feature.name for feature in catalog.FEATURES]
    assert len(names) == len(set(names)) >= 60
    assert set(catalog.VIEWS) == set(catalog.VIEW_NAMES)
    assert {feature.view for feature in catalog.FEATURES} == set(catalog.VIEW_NAMES)


@pytest.mark.parametrize("feature", catalog.FEATURES, ids=lambda feature: feature.name)
def test_every_feature_is_explained_in_both_languages(feature):
    assert set(feature.meaning) == {"pt-BR", "en"}
    assert all(len(words.split()) >= 1 and "{" not in words for words in feature.meaning.values())
    assert feature.rule
    assert feature.unit
    assert 0 < feature.limit_days <= 365
    assert (feature.kind == "cents") == feature.name.endswith("_cents")
    assert (feature.kind == "flag") == bool(re.match("(is|has|consent)_", feature.name))


def test_protected_attributes_never_enter_the_catalogue(tmp_path):
    names = {feature.name for feature in catalog.FEATURES}
    assert not names & {"sex", "birth_year", "age", "race", "religion", "health"}
    assert {"sex", "birth_year"} <= set(TABLES["customers"].columns), "they are kept, for the fairness report"
    entry = "  sex: {kind: text, unit: word, sensitivity: protected, pt-BR: Sexo, en: Sex}"
    file = tmp_path / "view.yaml"
    file.write_text(
        f"view: v\nentity: customer\nrule: r\nlimit_days: 1\nsensitivity: none\nfeatures:\n{entry}\n", "utf-8"
    )
    with pytest.raises(DataError, match=r"features\.sex\.sensitivity: 'protected'"):
        catalog.read(file)


def test_the_windows_never_read_a_protected_attribute():
    sql = "\n".join(file.read_text("utf-8") for file in catalog.WINDOWS.glob("*.py"))
    assert not re.search(r"\bsex\b|birth_year", sql)


def test_an_unknown_word_in_an_entry_is_refused_with_its_place(tmp_path):
    file = tmp_path / "view.yaml"
    file.write_text(
        "view: v\nentity: customer\nrule: r\nlimit_days: 1\nsensitivity: none\nfeatures: {}\nowner: me\n", "utf-8"
    )
    with pytest.raises(DataError, match=r"view\.yaml: owner: 'me'"):
        catalog.read(file)


def test_no_entry_is_written_twice():
    for file in catalog.WINDOWS.glob("*.yaml"):
        names = re.findall(r'^  "?([a-z0-9_{}]+)"?: \{', file.read_text("utf-8"), re.M)
        assert len(names) == len(set(names)) > 10, file


def test_identifiers_guard_counts_and_holds_never_predict():
    guard = {f"attempts_{days}_{ch}" for days in ("1d", "7d") for ch in CHANNELS} | {"attempts_1d"}
    withheld = {feature.name for feature in catalog.FEATURES if not feature.predicts}
    assert guard | {"lead_contract_id", "hold_bits"} <= withheld
    assert not withheld & set(catalog.predictors())
    assert set(catalog.predictors("contract")) | set(catalog.predictors("customer")) == set(catalog.predictors())


def test_closed_texts_name_their_words():
    by_name = catalog.by_name()
    assert by_name["region"].values == catalog.REGIONS
    assert len(catalog.REGIONS) == 27
    assert {name: bool(by_name[name].values) for name in catalog.TEXTS} == {
        "product": True,
        "kind": True,
        "region": True,
        "income_band": True,
        "lead_contract_id": False,
    }


def test_the_fields_file_says_what_the_catalogue_says():
    assert catalog.FIELDS_FILE.read_text("utf-8") == catalog.fields_text(), "run features.catalog.write_fields()"


def test_money_is_named_to_strategists_without_cents(tmp_path):
    fields = catalog.predicate_fields()
    assert fields["balance_overdue"] == {"kind": "money"}
    assert not [name for name in fields if name.endswith("_cents")]
    catalog.write_fields(tmp_path / "fields.yaml")
    assert (tmp_path / "fields.yaml").read_text("utf-8").startswith("# ")
