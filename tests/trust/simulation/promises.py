"""What the service promises, asked after every step: of each claim, each decision, and of all that is kept."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import isnan
from typing import Any

from regua.clock import utc
from regua.settings import Settings
from regua.vocabulary import CHANNELS, HOLD_BIT, HoldKind, SignalKind
from serving.deciding.inputs import SHAPE, Inputs
from serving.happenings.counting import LOOK_BACK
from serving.proving.replay import Replayer
from serving.store import Logged, Store
from serving.store.statements import Statement
from tests.oracle import caps, contacts
from tests.trust.simulation.ledger import BY_ANY_CLOCK, USED, Leave, Ledger
from tests.trust.simulation.standing import AHEAD, naive
from tests.trust.simulation.versions import SCORERS, book_of

IN_A_DAY, A_PAGE = 3, 60
"""Contacts of all channels in any 24 hours, of one customer; decisions that are replayed at once."""
_WINDOWS = ("attempts_1d", "attempts_24h", "attempts_7d")
COUNTED = (*_WINDOWS, *(f"{name}_{channel}" for name in _WINDOWS for channel in CHANNELS))
_NOTHING: Mapping[str, float] = dict.fromkeys(COUNTED, 0.0)
_JUDGED = frozenset({*COUNTED, "profile_at", "customer_balance_overdue_cents", "hold_bits", "has_open_promise",
                     "has_open_dispute", "has_paid_claim", *(f"days_since_{kind}" for kind in SignalKind)})  # fmt: skip
_RECORDED = Statement("SELECT subject || substr(kind, 7) FROM audit WHERE kind LIKE 'permit.%'", "")
_SENT = Statement("SELECT message_id FROM outbox WHERE kind LIKE 'permit.%'", "")
_EVENTS = Statement("SELECT event_id FROM events", "")


class BrokenPromiseError(AssertionError):
    """Something happened that the service says never happens."""


def of_a_claim(ledger: Ledger, leave: Leave, at: datetime, *, is_automatic: bool = False) -> Iterator[str]:
    """Say what is wrong with a contact that was just permitted, of whom, and when."""
    sent = max(at, leave.not_before) if is_automatic else at
    if leave.customer_id in ledger.erased:
        yield "who was erased is contacted"
    if leave.state != "open":
        yield f"a permit that was {leave.state} was claimed"
    if not leave.not_before <= sent < leave.expires_at:
        yield "claimed before or after its time"
    if ledger.used.get(leave.key, leave.permit_id) != leave.permit_id:
        yield f"the slot {leave.slot} was used already"
    if leave.channel in ledger.stopped:
        yield f"{leave.channel} was stopped"
    row = {"contact_id": leave.decision_id, "customer_id": leave.customer_id, "channel": leave.channel,
           "contract_id": leave.contract_id, "happened_at": naive(sent)}  # fmt: skip
    ordered = ledger.book.of("contacts", leave.customer_id)
    known_at = max(naive(at), naive(ledger.latest or at))
    for name, rule in contacts.RULES.items():
        if name != "placed" and rule(ledger.book, row, ordered, known_at, leave.asks):
            yield f"against the rule {name}: {(rule.__doc__ or '').strip()}"
    since = naive(sent) - timedelta(hours=24)
    others = [one["happened_at"] for one in ordered if one["contact_id"] != row["contact_id"]]
    recent = [one for one in others if since < one <= naive(sent)]
    if len(recent) >= IN_A_DAY:
        yield f"the {len(recent) + 1}th contact in 24 hours"


def of_an_issue(ledger: Ledger, leave: Leave, at: datetime) -> Iterator[str]:
    """Say what is wrong with a permit that was just issued: caps count from its issue, and a slot has one."""
    for other in ledger.of[leave.customer_id]:
        if other.key == leave.key and other is not leave and other.stands(at):
            yield f"two permits hold the slot {leave.slot}: {other.permit_id} is {other.state}"


def of_a_decision(
    ledger: Ledger, decided: Any, inputs: Inputs, row: int, *, is_automatic: bool = False
) -> Iterator[str]:
    """Say what a decision, made on a row of inputs, did not see of what had been acknowledged, or saw that was not."""
    customer, at = decided.customer_id, utc(decided.decided_at)
    if customer in ledger.erased:
        # Nobody is known by that name: what was told of them since stands alone.
        yield from ["who was erased is to be contacted"] * (decided.channel is not None)
        return
    seen = {name: inputs.columns[name][row] for name in _JUDGED}
    profiled = datetime.fromisoformat(seen["profile_at"])
    plans_since, ahead = min(profiled, at) - LOOK_BACK, BY_ANY_CLOCK if is_automatic else AHEAD
    # Of plans of this very moment a decision sees all or none: whether another holds the slot it would have taken.
    for own in (False, True):
        known = ledger.contacts(customer, at, plans_since, decided.decision_id, with_own=own, ahead=ahead)
        miscounted = list(_miscounted(seen, caps.count(known, at, plans_since) if known else _NOTHING))
        if not miscounted:
            break
    yield from miscounted
    if seen["customer_balance_overdue_cents"] > (owed := ledger.owed(customer, at, ahead)):
        yield f"{seen['customer_balance_overdue_cents']:g} cents were seen as owed, and {owed} are"
    bits = int(seen["hold_bits"])
    for hold in ledger.standing.in_force("holds", customer, at, ahead):
        if not bits & HOLD_BIT[HoldKind(hold["kind"])]:
            yield f"the hold {hold['kind']} was not seen"
    for signal in ledger.standing.in_force("signals", customer, at, ahead):
        if isnan(seen[f"days_since_{signal['kind']}"]):
            yield f"the signal {signal['kind']} was not seen"
    for table, names in (("promises", ("has_open_promise",)), ("disputes", ("has_open_dispute", "has_paid_claim"))):
        if ledger.standing.in_force(table, customer, at, ahead) and not any(seen[name] > 0 for name in names):
            yield f"one of the open {table} was not seen"


def _miscounted(seen: Mapping[str, Any], counted: Mapping[str, float]) -> Iterator[str]:
    for name in COUNTED:
        if seen[name] != counted[name]:
            yield f"{name} was {seen[name]:g}, and {counted[name]:g} were made"


def of_an_answer(answer: Any, ledger: Ledger) -> Iterator[str]:
    """Say what is wrong with an answer by itself: it tells why, permits what it plans, and nothing that is stopped."""
    decision = answer.decision
    if not decision.reasons:
        yield "no reason"
    if (decision.channel is None) != (decision.permit is None):
        yield f"{decision.action} with {decision.permit}"
    if decision.channel in ledger.stopped:
        yield f"{decision.channel} was stopped"


def of_the_store(store: Store, ledger: Ledger) -> Iterator[str]:
    """Say what does not agree in all that is kept: events, permits and messages."""
    with store._database.reading() as transaction:
        recorded, sent, events = (
            Counter(name for (name,) in transaction.rows(one)) for one in (_RECORDED, _SENT, _EVENTS)
        )
    if recorded != sent:
        apart = sorted((recorded - sent) + (sent - recorded))
        yield f"{len(apart)} changes of permits are told in the chain or in the outbox alone, such as {apart[0]}"
    if lost := ledger.events.keys() - events.keys():
        yield f"{len(lost)} acknowledged events are lost, such as {min(lost)}"
    if twice := [name for name, times in events.items() if times > 1]:
        yield f"{len(twice)} events are kept twice, such as {twice[0]}"
    known = {leave.permit_id: leave for leave in ledger.leaves.values() if leave.state in USED}
    for permit in store.permits.of(sorted({leave.customer_id for leave in known.values()})):
        leave = known.pop(permit.permit_id, None)
        if leave is not None and leave.state != permit.state:
            yield f"{permit.permit_id} is {permit.state}, and was acknowledged as {leave.state}"
    if known:
        yield f"{len(known)} acknowledged claims are lost, such as {min(known)}"


def of_the_chain(store: Store) -> Iterator[str]:
    """Say where the chain does not hold."""
    if flaw := store.verify():
        yield f"record {flaw.seq} of the chain: {flaw.found}"


def of_the_replay(store: Store, settings: Settings, every: int) -> Iterator[str]:
    """Say which decisions are not made again as they were, of every so-manieth page of the log."""
    pages = (store.decisions(after, A_PAGE) for after in range(0, store.count("decisions"), A_PAGE * every))
    rows = [row for page in pages for _, row in page]
    replayer = Replayer(store, settings)
    replayer.book = lambda digest: book_of(store.texts.read("books", digest))  # type: ignore[method-assign, assignment]
    replayer.scorer = SCORERS.__getitem__  # type: ignore[method-assign, assignment]
    differing = [one for one in replayer.replay_all(rows) if one.difference is not None]
    if differing:
        yield f"{len(differing)} decisions are made otherwise on replay: {differing[0].difference}"


def inputs_of(rows: Sequence[Logged]) -> Inputs:
    """Read what decisions were made on, as they were logged."""
    return Inputs.unpack(SHAPE, [row.inputs for row in rows])
