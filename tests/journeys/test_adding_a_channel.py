"""A house adds a channel by one file: it is checked, told, priced, guarded and chosen like any other."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("regua", "features", "models", "journeys", "training", "serving", "docs")

CHANNEL = """
channel: signal
title: {pt-BR: "Signal", en: "Signal"}
medium: message
reports: [sent, accepted, delivered, read, replied]
consent: opt_in
cost_per_thousand: 10.00
harm_per_thousand: 100.00
content: {longest_chars: 2000, takes: [text], links: true, pays_with: [pix, link], creditor: line}
opt_out: {pt-BR: "Para parar, responda SAIR.", en: "To stop, reply STOP."}
daily_limit: 500
health: {watch: 7d, least_sent: 50, delivered_at_least: 0.50, pause: 24h, price_rises_from: 0.50,
         price_at_limit_per_thousand: 90.00}
"""

JOURNEY = """
journey: by_signal
version: 1
title: {pt-BR: "Pelo Signal", en: "By Signal"}
purpose: {pt-BR: "Lembrar por um canal novo.", en: "Remind by a new channel."}
priority: 100
enter: balance_overdue > 0
leave:
  cured: balance_overdue = 0
  over: journey_day >= 30
steps:
  - day: 0
    try: [signal/pay_link, sms/pay_link]
    unless_read_within: 48h
examples:
  - name: the new channel goes first
    given: {days_past_due: 3, balance_overdue: 500, consent_signal: 1, has_point_signal: 1, p_response_signal: 0.4}
    expect: signal/pay_link
  - name: without a yes it is not used
    given: {days_past_due: 3, balance_overdue: 500, consent_signal: 0, has_point_signal: 1, p_response_signal: 0.4}
    expect: sms/pay_link
"""

DECIDE = """
import json, sys
from pathlib import Path
import numpy as np
from journeys.book import health, load
from journeys.book.health import Reading, judge
from journeys.kernel import decide
from journeys.rehearsal.examples import live
from journeys.rendering import render
from journeys.rendering.samples import samples
from serving.deciding.inputs import Inputs

book = load(Path(sys.argv[1])).without_chance()
first = next(live(book, book.journey("by_signal"), 0))
columns, moment = dict(first.columns), first.moment

def action(**more):
    inputs = Inputs.fit(columns | {name: np.array([value]) for name, value in more.items()})
    scores = {name: columns[name] for name in columns if name.startswith("p_")}
    return decide(columns | inputs.columns | scores, book, moment).action[0]

broken = dict(health.columns({"signal": judge(book.channels.of("signal"), Reading(sent=60), moment)}, moment))
print(json.dumps({
    "plain": action(), "broken": action(**broken), "dear": action(price_signal_cents=1e7),
    "body": render(book, "pay_link", "signal", "pt-BR", samples(book)).body,
}))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """The product with one more file, and a folder with one journey that uses it."""
    copy = tmp_path_factory.mktemp("product")
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "journeys" / "channels" / "signal.yaml").write_text(CHANNEL)
    folder = tmp_path_factory.mktemp("house")
    (folder / "catalog" / "new").mkdir(parents=True)
    (folder / "catalog" / "new" / "by_signal.yaml").write_text(JOURNEY)
    return copy, folder


def run(house, *command):
    copy, _ = house
    environment = os.environ | {"PYTHONPATH": str(copy), "REGUA_HOME": str(copy / "home")}
    return subprocess.run([sys.executable, *command], cwd=copy, env=environment, capture_output=True, text=True)


@pytest.mark.slow
def test_a_channel_is_one_file(house):
    _, folder = house
    door = "from regua.cli import main; main()"
    checked = run(house, "-c", door, "check", "journeys", "--folder", str(folder), "--update-lock", "--json")
    report = json.loads(checked.stdout)
    assert [one for one in report["findings"] if one["code"] < "R9" and one.get("severity") == "error"] == []
    assert report["examples"] == 2
    assert checked.returncode == 0, checked.stderr
    decided = run(house, "-c", DECIDE, str(folder))
    assert decided.returncode == 0, decided.stderr
    told = json.loads(decided.stdout)
    assert told["plain"] == "signal/pay_link"
    assert told["broken"] == "sms/pay_link"
    assert told["dear"] != "signal/pay_link"
    assert "Pix copia e cola" in told["body"]
    assert told["body"].endswith("Para parar, responda SAIR.")
    shown = run(house, "-c", door, "message", "show", "pay_link", "--channel", "signal")
    assert "of 2000 characters" in shown.stdout
