"""What a store keeps beside what callers were told: lost, doubled, and whether the log, its chain and outbox agree."""

from collections import Counter
from collections.abc import Iterator

import orjson

from regua.settings import Settings
from serving.store import Store
from serving.store.statements import Statement
from tests.trust.line import Line, count_line, some_line
from tests.trust.load import Seen

_EVENTS = Statement("SELECT event_id FROM events", "SELECT event_id FROM events")
_RECORDED = "SELECT subject || substr(kind, 7) FROM audit WHERE kind LIKE 'permit.%'"
_PERMITS = Statement(_RECORDED, _RECORDED.replace("%", "%%"))
_SENT = "SELECT message_id FROM outbox WHERE kind LIKE 'permit.%'"
_MESSAGES = Statement(_SENT, _SENT.replace("%", "%%"))


def repeated(name: str, settings: Settings, seen: Seen) -> Line:
    """Count decisions beyond one for each request, where requests carry keys."""
    with Store.open(settings) as store:
        rows = Counter(row.customer_id for row in store.whole_log())
    return count_line(f"{name}: decisions made twice for one request", (rows - seen.requests).total())


def compare(name: str, settings: Settings, seen: Seen) -> Iterator[Line]:
    """Compare what is kept with what was acknowledged."""
    with Store.open(settings) as store:
        logged = {row.decision_id: row for row in store.whole_log()}
        with store._database.reading() as transaction:
            events = Counter(event_id for (event_id,) in transaction.rows(_EVENTS))
            permits = Counter(name for (name,) in transaction.rows(_PERMITS))
            messages = Counter(name for (name,) in transaction.rows(_MESSAGES))
        flaw = store.verify()
        claimed = [permit_id for permit_id in seen.claims if str(store.permits.one(permit_id).state) != "claimed"]
    lost = [one for one, body in seen.decisions.items() if one not in logged or orjson.loads(logged[one].body) != body]
    yield some_line(f"{name}: acknowledged decisions", len(seen.decisions))
    yield count_line(f"{name}: acknowledged decisions, lost or changed", len(lost))
    yield some_line(f"{name}: acknowledged events", len(seen.events))
    yield count_line(f"{name}: acknowledged events, lost", len(seen.events - events.keys()))
    yield count_line(f"{name}: events kept twice", sum(times - 1 for times in events.values()))
    yield some_line(f"{name}: acknowledged claims", len(seen.claims))
    yield count_line(f"{name}: acknowledged claims, lost", len(claimed))
    yield count_line(f"{name}: claims granted twice", len(seen.claims) - len(set(seen.claims)))
    apart = (permits - messages) + (messages - permits)
    yield count_line(f"{name}: permits told in the log or in the outbox alone", apart.total())
    found = "sound" if flaw is None else f"record {flaw.seq}: {flaw.found}"
    yield Line(f"{name}: the chain is followed to its end", "sound", found, flaw is None)
    yield count_line(f"{name}: answers 500", seen.statuses[500])
