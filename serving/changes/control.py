"""The one way a book or a release goes live: asked for, tried, approved by another person, applied, and undone."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from regua.errors import ConflictError
from regua.records import canonical, digest
from regua.settings import Settings
from serving.changes import promoting, trying
from serving.changes.change import EDITABLE, Change, Kind, State
from serving.changes.drafting import draft
from serving.changes.live_book import BOOK
from serving.store import Store
from serving.store.changes import FIRST, Acts, Asked, Lived
from serving.store.instants import moment_of

if TYPE_CHECKING:
    from serving.service import Service

VERDICT_HOLDS = timedelta(hours=24)
"""How old the trial of a change may be when it is approved."""
ID_DIGITS = 26


class ChangeControl:
    """The change requests of one home; every step is one transaction, with its record in the audit chain.

    Parameters
    ----------
    service
        Opens the service where a request is written or tried. Nothing else asks for it: a book that can no longer be
        read is rolled back all the same.
    """

    def __init__(self, settings: Settings, store: Store, service: "Callable[[], Service]") -> None:
        self._settings, self._store, self._service = settings, store, service

    def one(self, change_id: str) -> Change:
        """Read a request; :class:`~regua.errors.NotFoundError` where there is none in this portfolio."""
        return Change.of(self._store.changes.one(change_id))

    def before(self, seq: int | None = None, limit: int = 50) -> list[Change]:
        """Read requests from the latest, or from one of them on, backwards."""
        return [Change.of(asked) for asked in self._store.changes.before(seq, limit)]

    def submit_book(self, files: Mapping[str, str | None], *, title: str, reason: str, by: str, at: datetime) -> Change:
        """Ask that some files of the book say something else; None takes a file out of it.

        Raises
        ------
        RequestError, ForbiddenError
            No file of a book has such a path, nothing changes, or a pack of law is touched.
        """
        base = self._base()
        target = self._drafted(base, files)
        return self._submit(Kind.BOOK, base, target, files, title=title, reason=reason, by=by, at=at)

    def submit_release(self, release_id: str, *, title: str, reason: str, by: str, at: datetime) -> Change:
        """Ask that a release of models goes to work.

        Raises
        ------
        NotFoundError, BundleError, ConflictError
            It is not here, or not as signed; or it is at work already.
        """
        settings = self._settings
        promoting.refuse_unknown(settings, release_id)
        promoting.verified(settings, release_id)
        base = promoting.champion(settings)
        if base == release_id:
            raise ConflictError(f"release {release_id} is at work already", expected="another release")
        return self._submit(Kind.RELEASE, base, release_id, {}, title=title, reason=reason, by=by, at=at)

    def edit(self, change_id: str, files: Mapping[str, str | None], *, by: str, at: datetime) -> Change:
        """Write the files of a request anew on what is live now; its trial and its approval no longer count."""
        base = self._base()
        merged = {**self.one(change_id).files, **files}
        target = self._drafted(base, merged)

        def step(change: Change, acts: Acts) -> Change:
            change.refuse_unless(*EDITABLE)
            if change.kind is not Kind.BOOK or {**change.files, **files} != merged:
                raise ConflictError(f"{change_id} has no such files to edit, or was edited meanwhile")
            self._refuse_stale(base, acts, Kind.BOOK)
            written = replace(
                change,
                base=base,
                target=target,
                files=merged,
                authors=tuple(dict.fromkeys((*change.authors, by))),
                verdict=None,
                approval=None,
                state=State.SUBMITTED,
            )
            return written.step("edited", by, at)

        return self._act(change_id, step)

    def judge(self, change_id: str, *, by: str, at: datetime) -> Change:
        """Check a request and try it on the current customers: seconds of work, nothing held meanwhile."""
        asked = self.one(change_id)
        asked.refuse_unless(*EDITABLE)
        found = trying.verdict(self._service(), asked, by, at)

        def step(change: Change, acts: Acts) -> Change:
            del acts
            change.refuse_unless(*EDITABLE)
            if (change.base, change.target) != (asked.base, asked.target):
                raise ConflictError(f"{change_id} was edited while it was tried", remedy="try it again")
            return change.step("judged", by, at, verdict=found)

        return self._act(change_id, step)

    def approve(self, change_id: str, version: str, *, by: str, at: datetime, note: str = "") -> Change:
        """Agree to a request as it was read; ``version`` is the target that was seen.

        Raises
        ------
        ForbiddenError
            Whoever agrees wrote it.
        ConflictError
            It says something else by now, is not sound, was not tried within a day on what is live, or was decided.
        """

        def step(change: Change, acts: Acts) -> Change:
            change.refuse_own(by)
            change.refuse_unless(State.SUBMITTED)
            if change.target != version:
                raise ConflictError(
                    f"{change_id} was edited: it asks for {change.target[:12]}, not for {version[:12]}",
                    expected="the version you have read",
                    remedy="read it again",
                )
            self._refuse_stale(change.base, acts, change.kind)
            _refuse_untried(change, at)
            approval = {"by": by, "at": at, "version": change.target, "base": change.base, "note": note}
            return change.step("approved", by, at, note, state=State.APPROVED, approval=approval)

        return self._act(change_id, step)

    def reject(self, change_id: str, *, by: str, at: datetime, note: str) -> Change:
        """Say no to a request; whoever wrote it may take it back so."""

        def step(change: Change, acts: Acts) -> Change:
            del acts
            change.refuse_unless(*EDITABLE)
            return change.step("rejected", by, at, note, state=State.REJECTED)

        return self._act(change_id, step)

    def apply(self, change_id: str, *, by: str, at: datetime) -> Change:
        """Put what was approved live; applied again, it stays so.

        Raises
        ------
        ForbiddenError
            Whoever applies it wrote it.
        ConflictError
            It is not approved, or something else went live since it was written.
        """

        def step(change: Change, acts: Acts) -> Change:
            change.refuse_own(by)
            if change.state is State.APPLIED:
                return change
            change.refuse_unless(State.APPROVED)
            self._refuse_stale(change.base, acts, change.kind)
            said = {"journeys": (change.verdict or {}).get("journeys", {})}
            live = Lived(change.kind, change.target, change.base, change_id, by, at, canonical(said).decode())
            if change.kind is Kind.RELEASE:
                promoting.put_to_work(self._settings, change, by, at)
            acts.begin(live)
            return change.step("applied", by, at, state=State.APPLIED)

        return self._act(change_id, step)

    def rollback(self, change_id: str, *, by: str, at: datetime, note: str) -> Change:
        """Bring back what was live before a request was applied; the one applied last, again and again backwards.

        Raises
        ------
        ForbiddenError
            Whoever undoes it wrote it.
        ConflictError
            It is not what is live, or there was nothing before.
        """

        def step(change: Change, acts: Acts) -> Change:
            change.refuse_own(by)
            change.refuse_unless(State.APPLIED)
            lived = acts.lived(change.kind)
            if lived[0].change_id != change_id:
                raise ConflictError(
                    f"{lived[0].change_id or 'the first version'} is live, not {change_id}",
                    expected="the request that went live last",
                    remedy=f"roll back {lived[0].change_id} first",
                )
            before = [one for one in lived if one.target == change.base and one.change_id != change_id]
            who, said = (before[0].change_id, before[0].body) if before else (FIRST, "{}")
            if change.kind is Kind.RELEASE:
                promoting.bring_back(self._settings, change, by, at, note)
            acts.begin(Lived(change.kind, change.base, change.target, who, by, at, said))
            return change.step("rolled_back", by, at, note, state=State.ROLLED_BACK)

        return self._act(change_id, step)

    def _submit(
        self,
        kind: Kind,
        base: str,
        target: str,
        files: Mapping[str, str | None],
        *,
        title: str,
        reason: str,
        by: str,
        at: datetime,
    ) -> Change:
        told = canonical([self._store.portfolio, kind, base, target, title, reason, by, at])
        name = "chg_" + digest(told)[:ID_DIGITS]
        said: dict[str, Any] = {"title": title, "reason": reason, "files": files, "authors": (by,)}
        made = Change(
            name, kind, State.SUBMITTED, base, target, by, at, at, verdict=None, approval=None, steps=(), **said
        )
        return Change.of(self._store.changes.keep(made.step("submitted", by, at).asked()))

    def _base(self) -> str:
        service = self._service()
        return service.live_book.begin(service.clock).target

    def _drafted(self, base: str, files: Mapping[str, str | None]) -> str:
        made = draft(self._store.texts.read("books", base), files)
        self._store.texts.keep("books", {made.digest: made.text})
        return made.digest

    def _refuse_stale(self, base: str, acts: Acts, kind: Kind) -> None:
        lived = acts.live(BOOK) if kind is Kind.BOOK else None
        live = promoting.champion(self._settings) if kind is Kind.RELEASE else lived.target if lived else base
        if live != base:
            raise ConflictError(
                f"{live[:16]} went live since this was written against {base[:16]}",
                expected="a change of what is live now",
                remedy="edit the request, which writes it anew on what is live, and have it tried and approved again",
            )

    def _act(self, change_id: str, step: Any) -> Change:
        def acted(asked: Asked, acts: Acts) -> Asked:
            change = Change.of(asked)
            made: Change = step(change, acts)
            return asked if made is change else replace(made, seq=asked.seq).asked()

        return Change.of(self._store.changes.act(change_id, acted))


def _refuse_untried(change: Change, at: datetime) -> None:
    found = change.verdict
    tried = found is not None and (found["version"], found["base"]) == (change.target, change.base)
    if found is None or not tried or at - moment_of(found["at"]) > VERDICT_HOLDS:
        raise ConflictError(
            f"{change.change_id} was not tried on the current customers within a day",
            expected="a trial of this very version, at most 24 hours old",
            remedy=f"POST /v1/change-requests/{change.change_id}/trial",
        )
    if not found["is_sound"]:
        errors = [one["found"] for one in found["findings"] if one["severity"] == "error"]
        raise ConflictError(
            f"{change.change_id} is not sound: {'; '.join(errors[:3])}",
            expected="a change without errors",
            remedy="edit it; each finding says how",
        )
