"""Nothing goes live without a request that another person approved as it stands, tried within a day on what is live."""

from dataclasses import replace
from datetime import timedelta

import pytest

from journeys.book import compile_book
from regua.errors import ConflictError, ForbiddenError, RequestError
from serving.changes import versions
from serving.changes.change import Change, State
from serving.changes.drafting import files_of
from serving.service import Service
from serving.store.instants import instant

EARLY = "catalog/early/early_digital.yaml"
HOUR = timedelta(hours=1)


def written_anew(service, version: int = 3, days: int = 14) -> dict[str, str]:
    """The journey of the first days for fewer days than now, under a new number."""
    text = files_of(service.book.text)[EARLY]
    now = service.book.journey("early_digital").version
    changed = text.replace(f"version: {now}", f"version: {version}", 1)
    changed = changed.replace("days_past_due BETWEEN 1 AND 15", f"days_past_due BETWEEN 1 AND {days}", 1)
    assert changed != text
    return {EARLY: changed}


def submitted(service, **asked):
    files = asked.pop("files", None) or written_anew(service, **asked)
    now = service.clock.now()
    return service.changes.submit_book(files, title="Fewer days", reason="a trial of less", by="Ana", at=now)


def tried(service, change, *, is_sound: bool = True, at=None):
    """Put a verdict on a request without the seconds that a real one takes."""
    told = {"version": change.target, "base": change.base, "at": instant(at or service.clock.now()), "by": "Ana"}
    verdict = {**told, "is_sound": is_sound, "findings": [{"severity": "error", "found": "R105"}], "journeys": {}}

    def step(asked, acts):
        del acts
        return replace(Change.of(asked), verdict=verdict).asked()

    service.store.changes.act(change.change_id, step)
    return service.changes.one(change.change_id)


def approved(service, **asked):
    change = tried(service, submitted(service, **asked))
    return service.changes.approve(change.change_id, change.target, by="Bia", at=service.clock.now())


def test_what_is_asked_twice_at_one_moment_is_one_request_and_stands_where_it_stands(service) -> None:
    first = submitted(service)
    now = service.clock.now()
    service.changes.reject(first.change_id, by="Ana", at=now, note="Mine, and wrong")
    assert submitted(service).state is State.REJECTED
    other = service.changes.submit_book(
        written_anew(service), title=first.title, reason="another reason", by="Ana", at=now
    )
    assert (other.state, other.change_id == first.change_id) == (State.SUBMITTED, False)
    assert len(service.changes.before()) == 2


def test_what_another_person_approved_and_applied_is_what_decides(service) -> None:
    before = service.book.digest
    change = service.changes.apply(approved(service).change_id, by="Bia", at=service.clock.now())
    assert change.state is State.APPLIED
    assert service.live_book.take_up().digest == change.target != before
    service.decide(["c0000001"])
    assert next(iter(service.store.whole_log())).book_digest == change.target
    assert service.readiness()["parts"]["book"]["change_id"] == change.change_id
    assert service.store.verify() is None


def test_whoever_wrote_a_change_neither_approves_nor_applies_it(service) -> None:
    change = tried(service, submitted(service))
    now = service.clock.now()
    with pytest.raises(ForbiddenError, match="wrote"):
        service.changes.approve(change.change_id, change.target, by=" ANA ", at=now)
    service.changes.approve(change.change_id, change.target, by="Bia", at=now)
    with pytest.raises(ForbiddenError, match="wrote"):
        service.changes.apply(change.change_id, by="Ana", at=now)
    assert service.live_book.take_up().digest == change.base


@pytest.mark.parametrize("hours", [24, 25])
def test_a_change_is_approved_within_a_day_of_its_trial(service, hours) -> None:
    change = tried(service, submitted(service), at=service.clock.now() - hours * HOUR)
    told = {"by": "Bia", "at": service.clock.now()}
    if hours > 24:
        with pytest.raises(ConflictError, match="not tried"):
            service.changes.approve(change.change_id, change.target, **told)
    else:
        assert service.changes.approve(change.change_id, change.target, **told).state is State.APPROVED


def test_what_is_not_sound_or_not_tried_is_not_approved(service) -> None:
    change, now = submitted(service), service.clock.now()
    with pytest.raises(ConflictError, match="not tried"):
        service.changes.approve(change.change_id, change.target, by="Bia", at=now)
    tried(service, change, is_sound=False)
    with pytest.raises(ConflictError, match="not sound: R105"):
        service.changes.approve(change.change_id, change.target, by="Bia", at=now)


def test_an_edit_takes_the_approval_back(service) -> None:
    change, now = approved(service), service.clock.now()
    edited = service.changes.edit(change.change_id, written_anew(service, days=12), by="Caio", at=now)
    assert (edited.state, edited.approval, edited.verdict) == (State.SUBMITTED, None, None)
    with pytest.raises(ConflictError, match="submitted"):
        service.changes.apply(change.change_id, by="Bia", at=now)
    tried(service, edited)
    with pytest.raises(ConflictError, match="was edited"):
        service.changes.approve(change.change_id, change.target, by="Bia", at=now)
    with pytest.raises(ForbiddenError, match="wrote"):
        service.changes.approve(change.change_id, edited.target, by="Caio", at=now)


def test_a_change_written_against_what_is_no_longer_live_has_to_be_written_anew(service) -> None:
    first, second, now = approved(service), approved(service, days=12), service.clock.now()
    service.changes.apply(first.change_id, by="Bia", at=now)
    with pytest.raises(ConflictError, match="went live since"):
        service.changes.apply(second.change_id, by="Bia", at=now)
    assert service.changes.edit(second.change_id, {}, by="Ana", at=now).base == first.target


def test_rolling_back_goes_back_one_change_at_a_time(service) -> None:
    now, start = service.clock.now(), service.book.digest
    first = service.changes.apply(approved(service).change_id, by="Bia", at=now)
    service.live_book.take_up()
    second = service.changes.apply(approved(service, version=4, days=12).change_id, by="Bia", at=now)
    with pytest.raises(ConflictError, match="is live, not"):
        service.changes.rollback(first.change_id, by="Bia", at=now, note="too few")
    service.changes.rollback(second.change_id, by="Bia", at=now, note="too few")
    assert service.live_book.take_up().digest == first.target
    back = service.changes.rollback(first.change_id, by="Bia", at=now, note="too few")
    assert back.state is State.ROLLED_BACK
    assert service.live_book.take_up().digest == start
    assert service.store.verify() is None


def test_a_home_is_not_opened_with_another_book_than_the_live_one(service, world) -> None:
    service.changes.apply(approved(service).change_id, by="Bia", at=service.clock.now())
    with pytest.raises(ConflictError, match="change request"):
        Service(service.settings, service.clock, service.pipeline.profiles, world.book)
    again = Service(service.settings, service.clock, service.pipeline.profiles)
    assert again.book.digest == service.live_book.take_up().digest
    again.close()


def test_packs_of_law_and_foreign_files_are_not_written_by_a_change(service) -> None:
    law = files_of(service.book.text)["policies/brazil.yaml"]
    with pytest.raises(ForbiddenError, match="law"):
        submitted(service, files={"policies/brazil.yaml": law + "# anew\n"})
    for path in ("fields.yaml", "../secrets.yaml", "catalog/../x.yaml", "/etc/passwd", "catalog//x.yaml"):
        with pytest.raises(RequestError, match="no file of a book"):
            submitted(service, files={path: "x: 1"})
    with pytest.raises(RequestError, match="nothing changes"):
        submitted(service, files={"policies/brazil.yaml": law} | {EARLY: files_of(service.book.text)[EARLY]})


def test_a_journey_that_changed_bears_a_new_number(service) -> None:
    base = service.book
    files = files_of(base.text)
    same = compile_book({**files, EARLY: files[EARLY].replace("BETWEEN 1 AND 15", "BETWEEN 1 AND 14", 1)})
    found = versions.findings(same, base, versions.versions_of(base))
    assert [one.code for one in found] == ["R012"]
    anew = compile_book({**files, **written_anew(service)})
    assert versions.findings(anew, base, versions.versions_of(base)) == []
    assert versions.findings(same, same, versions.together([versions.versions_of(one) for one in (base, anew)])) == []
