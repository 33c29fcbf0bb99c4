"""A release of models goes to work as a change does: gates passed, cards whole, tried, and approved by another."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from features import catalog
from models import bundle as bundles
from models import promotion
from models.bundle import CHAMPION, Bundle
from regua.errors import BundleError, ConflictError, NotFoundError
from regua.settings import Settings
from serving.scoring.releases import scorer_of
from serving.scoring.scorer import NO_BUNDLE

if TYPE_CHECKING:
    from serving.changes.change import Change


def champion(settings: Settings) -> str:
    """Name the release at work, ``none`` before there is one."""
    there = (settings.releases / CHAMPION).exists()
    return bundles.champion(settings.releases).name if there else NO_BUNDLE


def refuse_unknown(settings: Settings, release_id: str) -> None:
    """Refuse what names no release of this home.

    Raises
    ------
    NotFoundError
        Nothing lies here under this identifier.
    """
    if not (settings.releases / release_id / bundles.MANIFEST).is_file():
        raise NotFoundError("no such release here", expected="a release that GET /v1/models lists")


def verified(settings: Settings, release_id: str) -> Bundle:
    """Read a release whole: every digest, its signer, and the catalogue it was made for.

    Raises
    ------
    BundleError
        One of them is not as it should be.
    """
    return promotion.verified(settings, release_id, catalog.catalog_digest())


def problems(settings: Settings, release_id: str) -> Iterator[BundleError]:
    """Find what keeps a release from work: a gate it failed, a card with gaps, a trial it did not survive."""
    try:
        held = verified(settings, release_id)
        scorer_of(settings, release_id)
    except BundleError as problem:
        yield problem
        return
    for refuse in (promotion.refuse_failed_gates, promotion.refuse_empty_cards):
        try:
            refuse(settings, held)
        except BundleError as problem:
            yield problem


def differences(settings: Settings, old: str, new: str) -> list[Mapping[str, Any]]:
    """Tell what a release measures otherwise than the one at work, a sentence a figure."""
    before = {} if old == NO_BUNDLE else verified(settings, old).manifest["metrics"]
    after = verified(settings, new).manifest["metrics"]
    return [
        {"subject": f"model {name}", "kind": "measured", "words": {"pt-BR": told, "en": told}}
        for name in sorted(before.keys() | after.keys())
        for told in _measured(before.get(name, {}), after.get(name, {}))
    ]


def _measured(before: Any, after: Any) -> Iterator[str]:
    was, now = ({k: v for k, v in one.items() if isinstance(v, int | float)} for one in (before, after))
    for figure in sorted(was.keys() | now.keys()):
        if was.get(figure) != now.get(figure):
            yield f"{figure}: {_written(was.get(figure))} → {_written(now.get(figure))}"


def _written(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def put_to_work(settings: Settings, change: "Change", by: str, at: datetime) -> None:
    """Make the release of an approved request the champion; every process proves it and takes it up by itself.

    Raises
    ------
    BundleError
        It is no longer as it was signed, or fails a gate; the champion stays who it was.
    ConflictError
        This is a sandbox.
    """
    _refuse_sandbox(settings)
    if champion(settings) == change.target:
        return  # it went to work, and the machine died before the request was told so
    promotion.promote(
        settings,
        change.target,
        catalog_digest=catalog.catalog_digest(),
        by=change.author,
        approved_by=(change.approval or {}).get("by", by),
        reason=f"{change.change_id}: {change.reason}",
        at=at,
    )


def bring_back(settings: Settings, change: "Change", by: str, at: datetime, reason: str) -> None:
    """Bring back the champion before the one a request put to work.

    Raises
    ------
    ConflictError
        Another release is at work, or none was before; or this is a sandbox.
    """
    _refuse_sandbox(settings)
    working = champion(settings)
    if working == change.base:
        return  # it was brought back, and the machine died before the request was told so
    if working != change.target or change.base == NO_BUNDLE:
        raise ConflictError(
            f"release {working} is at work, and {change.base} was before {change.target}",
            expected="the release this request put to work, and an earlier one to come back",
        )
    promotion.rollback(
        settings,
        catalog_digest=catalog.catalog_digest(),
        by=change.author,
        approved_by=by,
        reason=f"{change.change_id} rolled back: {reason}",
        at=at,
    )


def _refuse_sandbox(settings: Settings) -> None:
    """Leave the releases of a home to those who decide about its customers, whatever a sandbox of it tries."""
    if settings.environment != "live":
        raise ConflictError(
            "a sandbox puts no release to work: the releases are those of the home, whose customers they decide about",
            expected="a change request in the live environment",
        )
