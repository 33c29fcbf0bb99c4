"""A challenger goes to work, or an earlier champion comes back: for a reason, and with a second person's word."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from models import bundle as bundles
from models import cards, history
from models.bundle import CHALLENGER, CHAMPION, Bundle
from models.history import Change
from regua.errors import BundleError, RequestError
from regua.locks import alone
from regua.people import plain, same_person
from regua.settings import Settings

_WORDS = "en"
_TOLD_AT_MOST = 5


def promote(
    settings: Settings, release: str, *, catalog_digest: str, by: str, approved_by: str, reason: str, at: datetime
) -> Change:
    """Make a release the champion; it is read whole first, and the mark changes in one step.

    Parameters
    ----------
    release
        A release identifier, or ``challenger``.
    catalog_digest
        The profile catalogue in force; a release made for another one is refused.
    by, approved_by
        Who asks, and the other person who agreed.
    reason
        Why, in words.
    at
        When; no clock is read.

    Raises
    ------
    RequestError
        The same person twice, nobody, or no reason.
    BundleError
        The release is missing, not as signed, signed by a stranger, made for another catalogue, failed a gate that
        keeps a release from work, or lacks a whole card. The champion stays who it was.
    """
    people = _two_people(by, approved_by, reason)
    with alone(settings.releases / ".promotion.lock"):
        name = bundles.challenger(settings.releases).name if release == CHALLENGER else release
        held = verified(settings, name, catalog_digest)
        refuse_failed_gates(settings, held)
        refuse_empty_cards(settings, held)
        return _change(settings, "promote", name, people, at)


def rollback(
    settings: Settings, *, catalog_digest: str, by: str, approved_by: str, reason: str, at: datetime
) -> Change:
    """Bring back the champion before the present one.

    Raises
    ------
    RequestError
        The same person twice, nobody, or no reason.
    BundleError
        There was no champion before, or its bundle is no longer whole.
    """
    people = _two_people(by, approved_by, reason)
    with alone(settings.releases / ".promotion.lock"):
        now = bundles.champion(settings.releases).name
        earlier = history.before(history.read(settings.releases), now)
        if earlier is None:
            raise BundleError(
                f"no champion worked before {now}", expected="an earlier promotion", remedy="regua models shows them"
            )
        verified(settings, earlier, catalog_digest)
        return _change(settings, "rollback", earlier, people, at)


def refuse_failed_gates(settings: Settings, held: Bundle) -> None:
    """Refuse a release that failed a gate which keeps it from work; the words say what and by how much.

    Raises
    ------
    BundleError
        Such a gate failed.
    """
    failed = [gate for gate in held.manifest.get("gates", ()) if _stops(gate)]
    if failed:
        raise BundleError(
            f"release {held.release_id} failed {len(failed)} of its gates: " + "; ".join(map(_told, failed)),
            expected="every gate that keeps a release from work to be passed",
            remedy=f"read its card in {settings.cards / held.release_id}; once the cause is mended: regua learn",
        )


def refuse_empty_cards(settings: Settings, held: Bundle) -> None:
    """Refuse a release whose models have no whole card; the words say what is missing.

    Only a promotion asks: bringing back an earlier champion must not wait for paper.

    Raises
    ------
    BundleError
        A card, a page of one, or a field of one is missing.
    """
    folder = settings.cards / held.release_id
    if lacking := cards.lint(folder, held.manifest.get("cards", ())):
        told = "; ".join(lacking[:_TOLD_AT_MOST]) + (" …" if len(lacking) > _TOLD_AT_MOST else "")
        raise BundleError(
            f"release {held.release_id} has {len(lacking)} gaps in its cards: {told}",
            expected=f"a whole card of each model in {folder}",
            remedy="learn again, which writes them: regua learn",
        )


def _stops(gate: Mapping[str, Any]) -> bool:
    """Tell whether a gate keeps the release from work; one of a model that gave way to another does not."""
    return gate["severity"] == "refuses" and not gate["passed"] and not gate.get("stood_in")


def _told(gate: Mapping[str, Any]) -> str:
    words = gate["words"].get(_WORDS, "") if isinstance(gate["words"], Mapping) else gate["words"]
    found, allowed = (
        f"{value:.4g}" if isinstance(value, int | float) else "?" for value in (gate["found"], gate["allowed"])
    )
    return f"{gate['model']}, {gate['gate']}: {words} (found {found}, allowed {allowed})"


def _two_people(by: str, approved_by: str, reason: str) -> tuple[str, str, str]:
    by, approved_by, reason = (" ".join(text.split()) for text in (by, approved_by, reason))
    if not plain(by) or not plain(approved_by):
        raise RequestError(
            "nobody is named", expected="who asks and who approves", remedy="--by ME --approved-by OTHER"
        )
    if same_person(by, approved_by):
        raise RequestError(
            f"{by!r} asks and {approved_by!r} approves",
            expected="two people: whoever asks cannot approve",
            remedy="ask a colleague, and name them in --approved-by",
        )
    if not plain(reason):
        raise RequestError("no reason is given", expected="why, in words", remedy='--reason "…"')
    return by, approved_by, reason


def verified(settings: Settings, release: str, catalog_digest: str) -> Bundle:
    """Read a release whole: its digests, its signer, and the catalogue it was made for.

    Raises
    ------
    BundleError
        One of them is not as it should be.
    """
    folder = bundles.folder_of(settings.releases, release)
    return bundles.load(folder, catalog_digest=catalog_digest, trusted=settings.trusted_keys)


def _change(
    settings: Settings,
    action: Literal["promote", "rollback"],
    release: str,
    people: tuple[str, str, str],
    at: datetime,
) -> Change:
    mark = settings.releases / CHAMPION
    left = bundles.champion(settings.releases).name if mark.exists() else None
    change = Change(action, history.told_at(at), *people, left, release)
    # First on record, then at work: a machine that dies between leaves a wish on record, never an unrecorded champion.
    history.add(settings.releases, change)
    bundles.mark(settings.releases, CHAMPION, release)
    if (settings.releases / CHALLENGER).exists() and bundles.challenger(settings.releases).name == release:
        (settings.releases / CHALLENGER).unlink()
    return change
