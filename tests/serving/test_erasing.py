"""A person is erased by destroying the key what is kept of them is sealed under; the audit chain still holds."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from regua.errors import ErasedError, SettingsError, UnavailableError
from regua.records import Event
from regua.sealing import MAGIC, Vault
from regua.vocabulary import EventKind
from serving.store import Logged, Permit, PermitState, Receipt, Refusal, Store, subjects

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
SAID = b'{"amount_cents":987654,"note":"canary"}'


def decided(customer_id, number=0):
    at = NOON + timedelta(seconds=number)
    planned = ("sms/x", "sms", at + timedelta(hours=2), "early")
    return Logged(f"d-{customer_id}-{number}", customer_id, at, *planned, "r", "b", "s", b'{"step":1}', SAID, b"in")


def paid(customer_id, number=0, amount=987654):
    return Event(f"e-{customer_id}-{number}", EventKind.PAYMENT, customer_id, NOON, NOON, amount_cents=amount)


def permit(row):
    times = (NOON, NOON + timedelta(days=1), NOON)
    return Permit(f"p-{row.decision_id}", row.decision_id, row.customer_id, "k", "sms", "2026-03-04", *times)


@pytest.fixture
def sealed(where, tmp_path):
    with Store(where, vault=Vault(tmp_path / "keys")) as store:
        for customer_id in ("ana", "bia"):
            store.record([paid(customer_id)])
            rows = [decided(customer_id), decided(customer_id, 1)]
            watermark = store.live([customer_id], NOON, NOON).watermark
            store.commit(rows, watermark, [permit(rows[0])])
        yield store


def everything(store):
    """All bytes of all tables."""
    from serving.store.tables import METADATA

    with store._database.reading() as transaction:
        from serving.store.statements import Statement

        for table in METADATA.sorted_tables:
            text = f"SELECT * FROM {table.name}"
            for row in transaction.rows(Statement(text, text)):
                yield b" ".join(bytes(x) if isinstance(x, bytes | memoryview) else str(x).encode() for x in row)


def test_what_is_kept_of_people_is_sealed_and_read_back_as_it_was(sealed):
    kept = b"\n".join(everything(sealed))
    assert b"canary" not in kept
    assert b"987654" not in kept
    assert MAGIC in kept
    person = sealed.subjects.of("ana")
    assert [row.body for row in person.decisions] == [SAID, SAID]
    assert person.events == (paid("ana"),)
    assert [one.state for one in person.permits] == [PermitState.OPEN]
    assert sealed.decision("d-ana-0") == decided("ana")
    assert sealed.live(["ana"], NOON, LATER).positions == {"ana": {"step": 1}}
    assert sealed.verify() is None


def test_what_an_event_said_cannot_be_guessed_from_a_digest_of_it(sealed, tmp_path):
    with Store(tmp_path / "plain.db") as plain:
        plain.record([paid("ana")])
        said = [row for row in everything(plain) if b"e-ana-0" in row and b"payment" in row]
    (digest,) = {word for row in said for word in row.split() if len(word) == 64 and word.isalnum()}
    assert digest not in b"\n".join(everything(sealed))


def test_an_event_told_again_is_known_again_and_another_content_is_a_conflict(sealed):
    assert sealed.record([paid("ana"), paid("bia", amount=1)]) == [Receipt.DUPLICATE, Receipt.CONFLICT]
    assert sealed.record([replace(paid("bia"), event_id="e-ana-0")]) == [Receipt.CONFLICT]


def test_erasing_somebody_leaves_the_chain_whole_and_nobody_else_touched(sealed):
    end = sealed.chain_end()
    sealed.subjects.erase("ana", LATER, "officer")
    assert sealed.verify(until=end) is None
    with pytest.raises(ErasedError):
        sealed.decision("d-ana-0")
    person = sealed.subjects.of("ana")
    assert (person.events, person.erased_at) == ((), LATER)
    assert all(row.is_erased for row in person.decisions)
    assert [one.state for one in person.permits] == [PermitState.REVOKED]
    live = sealed.live(["ana", "bia"], NOON, LATER)
    assert live.positions == {"bia": {"step": 1}}
    assert live.erased_at == {"ana": LATER}
    assert [event.customer_id for event in live.events] == ["bia"]
    assert sealed.decision("d-bia-0") == decided("bia")
    assert sealed.take_messages(LATER, LATER + timedelta(hours=1))[0].body.find(b"ana") == -1


def test_a_decision_reads_the_key_of_its_person_once_and_not_at_all_the_key_of_somebody_erased_meanwhile(
    sealed, monkeypatch
):
    reads, ask = [], subjects.ask
    monkeypatch.setattr(subjects, "ask", lambda *given: reads.append(given) or ask(*given))
    seen = sealed.live(["ana"], NOON, LATER).watermark
    assert not sealed.commit([decided("ana", 2)], seen).moved
    assert len(reads) == 1
    assert sealed.decision("d-ana-2") == decided("ana", 2)
    seen = sealed.live(["ana"], NOON, LATER).watermark
    sealed.subjects.erase("ana", LATER, "officer")
    assert sealed.commit([decided("ana", 3)], seen).moved == {"ana"}
    sealed.commit([decided("ana", 3)], sealed.live(["ana"], NOON, LATER).watermark)
    assert sealed.decision("d-ana-3") == decided("ana", 3)
    assert sealed.verify() is None


def test_a_refused_row_that_holds_a_name_half_a_byte_off_is_somebody_else_s(sealed):
    others = b'{"note": "2#B "}'
    assert b'"4"'.hex() in others.hex()
    sealed.record([], [Refusal(LATER, "lines:1", "unreadable", None, others)])
    sealed.subjects.erase("4", LATER, "ANA")
    assert [one.raw for one in sealed.refused()] == [others]


def test_a_copy_of_the_log_taken_before_the_erasure_opens_no_more(sealed):
    from serving.store import subjects

    with sealed._database.reading() as transaction:
        before = subjects.read(transaction, "main", transaction.several(["ana"])).by_customer["ana"]
    sealed.subjects.erase("ana", LATER, "officer")
    with sealed._database.reading() as transaction:
        assert not subjects.read(transaction, "main", transaction.several(["ana"])).by_customer
    kept = [row for row in everything(sealed) if b" ana " in row]
    assert not [row for row in kept if before.name.encode() in row]


def test_somebody_erased_may_come_back_under_a_new_key_and_be_erased_again(sealed):
    sealed.subjects.erase("ana", LATER, "officer")
    assert sealed.record([paid("ana")]) == [Receipt.DUPLICATE]
    assert sealed.record([paid("ana", 7)]) == [Receipt.ACCEPTED]
    assert sealed.subjects.of("ana").events == (paid("ana", 7),)
    sealed.subjects.erase("ana", LATER + timedelta(days=1), "officer")
    assert sealed.subjects.of("ana").events == ()
    assert sealed.subjects.erased() == {"ana": LATER + timedelta(days=1)}
    assert sealed.verify() is None


def test_what_was_kept_before_contents_were_sealed_is_emptied_and_only_then_accepted(where, tmp_path):
    with Store(where) as store:
        store.record([paid("ana"), paid("bia")], [Refusal(NOON, "file:1", "x", None, b'{"customer_id":"ana"}')])
        store.commit([decided("ana"), decided("bia")], store.live(["ana"], NOON, NOON).watermark)
        store.subjects.erase("ana", LATER, "officer")
        kept = [row for row in everything(store) if b" ana " in row]
        assert not [row for row in kept if b"canary" in row or b"987654" in row]
        assert store.refused()[0].raw == b'{"erased":true}'
        assert store.verify() is None
        with store._database.writing() as transaction:
            from serving.store.statements import Statement

            empty = "''" if isinstance(where, str) else "x''"
            text = f"UPDATE decisions SET position = {empty}, body = {empty}, inputs = {empty}"
            transaction.change(Statement(text, text))
        assert store.verify() is not None


def test_a_sealed_store_without_the_home_s_key_says_so(tmp_path):
    with Store(tmp_path / "log.db", vault=Vault(tmp_path / "keys")) as store:
        store.record([paid("ana")])
    (tmp_path / "keys").rename(tmp_path / "elsewhere")
    with Store(tmp_path / "log.db") as store, pytest.raises(UnavailableError, match="without the home's key"):
        store.subjects.of("ana")
    vault = Vault(tmp_path / "keys")
    with Store(tmp_path / "log.db", vault=vault) as store, pytest.raises(UnavailableError, match="which is not in"):
        store.subjects.of("ana")


def test_the_home_s_key_is_renewed_without_writing_the_log_anew(tmp_path):
    vault = Vault(tmp_path / "keys")
    key, wrapped = vault.made("main\nana")
    said = key.seal(b"said")
    vault.renew()
    again = vault.wrapped_anew(wrapped, "main\nana")
    assert again is not None
    assert vault.wrapped_anew(again, "main\nana") is None
    fresh = Vault(tmp_path / "keys")
    assert fresh.unwrapped(again, "main\nana").open(said) == fresh.unwrapped(wrapped, "main\nana").open(said) == b"said"
    with pytest.raises(UnavailableError, match="altered"):
        fresh.unwrapped(wrapped, "main\nbia")
    vault.path.chmod(0o644)
    with pytest.raises(SettingsError, match="read by others"):
        Vault(tmp_path / "keys").unwrapped(wrapped, "main\nana")


def test_writers_who_meet_somebody_new_at_once_seal_under_one_key(where, tmp_path):
    with Store(where, vault=Vault(tmp_path / "keys")) as store:
        rows = [decided("ana", number) for number in range(24)]
        with ThreadPoolExecutor(8) as writers:
            list(writers.map(store.shadows.keep, [[row] for row in rows]))
        assert [store.shadows.one(row.decision_id) for row in rows] == rows
