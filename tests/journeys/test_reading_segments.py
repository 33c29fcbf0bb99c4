"""Segments: what a band may say of keeping its grades, and how a wrong file is told."""

import pytest

from journeys.book.segments import compile_segments
from journeys.language.reading import read
from regua.errors import BookError, PredicateError
from regua.predicates import Field, FieldKind

FIELDS = {"p_roll": Field("p_roll", FieldKind.NUMBER)}
BAND = """
bands:
  risk_band:
    title: Risk
    bands: {high: p_roll >= 0.5, low: p_roll < 0.5}
    keep:
      high: p_roll >= 0.45
"""


def compiled(text=BAND):
    return compile_segments(read(text, "segments.yaml"), dict(FIELDS))


def test_a_grade_is_kept_under_its_own_condition_alone():
    band = compiled().bands[0]
    assert [keep.text if keep else None for keep in band.keeps] == ["p_roll >= 0.45", None]
    assert band.reads == {"p_roll", "risk_band_before"}


def test_a_band_that_keeps_nothing_does_not_ask_what_was_before():
    assert compiled(BAND.split("    keep:")[0]).bands[0].reads == {"p_roll"}


def test_keeping_a_grade_that_does_not_exist_is_refused_where_it_stands():
    with pytest.raises(BookError, match=r"segments\.yaml:7:7: unknown grade of risk_band 'hihg'") as refused:
        compiled(BAND.replace("      high:", "      hihg:"))
    assert "did you mean 'high'" in str(refused.value)


def test_a_condition_to_keep_is_read_as_strictly_as_any_other():
    with pytest.raises(PredicateError, match=r"segments\.yaml:7:13"):
        compiled(BAND.replace("p_roll >= 0.45", "p_rol >= 0.45"))


def test_shipped_bands_keep_whoever_would_enter_them_now(book, customers):
    """Who fits a grade by its first condition and had it keeps it: keeping only ever adds."""
    from regua.predicates import evaluate

    for band in book.segments.bands:
        if band.column not in {"risk_band", "self_cure_band"}:
            continue
        column = {"risk_band": "p_roll", "self_cure_band": "p_self_cure"}[band.column]
        people = customers(101, **{column: [step / 100 for step in range(101)]})
        taken = [evaluate(condition.node, people) for condition in band.conditions]
        for grade, keep in enumerate(band.keeps):
            alone = taken[grade] & ~sum(taken[:grade], start=taken[grade] & False)
            assert not (alone & ~evaluate(keep.node, people)).any(), (band.column, band.labels[grade])
