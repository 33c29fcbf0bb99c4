"""A country's holidays are the library's own, though it was imported without the other countries."""

import json
import subprocess
import sys

PROGRAM = """
import json, sys
from journeys.rulebook import calendars

def asked():
    calendars._holidays.cache_clear()
    return [
        {str(day): name for day, name in calendars._holidays(country, subdivision, 2026, language).items()}
        for country, subdivision, language in
        [("BR", "SP", "pt-BR"), ("BR", "ZZ", "en"), ("PT", "11", "en"), ("PR", "", "en"), ("ZZ", "", "en")]
    ]

alone = asked()
whole = sum(name.startswith("holidays.countries.") for name in sys.modules), "holidays.countries" in sys.modules
from holidays.countries import Brazil, France
print(json.dumps([alone == asked(), [len(days) for days in alone], whole, Brazil(years=2026).country, France.country]))
"""


def test_a_country_taken_up_alone_has_the_holidays_it_has_among_all():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    is_same, found, (imported, is_whole), *later = json.loads(done.stdout or done.stderr)
    assert is_same
    assert all(found[:4])
    assert not found[4]
    assert imported < 10
    assert not is_whole
    assert later == ["BR", "FR"]
