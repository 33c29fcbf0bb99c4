"""A moment is one that was written as a moment: a number in quotes is none."""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from regua.written_time import Day, Instant

DIGITS = ["0", "22", "-5", "86400", "20260304", "1772582400", "1772582400000"]


@pytest.mark.parametrize("text", DIGITS)
@pytest.mark.parametrize("kind", [Instant, Day])
def test_digits_are_no_moment_however_they_are_read(kind, text):
    adapter = TypeAdapter(kind)
    for strict in (True, False):
        for read, told in ((adapter.validate_json, json.dumps(text)), (adapter.validate_strings, text)):
            with pytest.raises(ValidationError, match="such as 2026-03-31"):
                read(told, strict=strict)


def test_what_is_written_in_full_is_read_as_it_was():
    adapter = TypeAdapter(Instant)
    for text in ("2026-03-04T12:00:00Z", "2026-03-04 09:00-03:00", "2026-03-04t12:00:00.000z"):
        assert adapter.validate_strings(text, strict=True).isoformat().startswith("2026-03-04T")
    assert TypeAdapter(Day).validate_strings("2026-03-04", strict=True).isoformat() == "2026-03-04"
    with pytest.raises(ValidationError):
        adapter.validate_strings("2026-03-04T12:00:00", strict=True)
