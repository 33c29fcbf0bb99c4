"""Read the releases of models: which is at work, what each measures, and their cards."""

from pathlib import Path
from typing import Any

import orjson
from starlette.responses import Response

from models import bundle as bundles
from models import history
from models.bundle import CHALLENGER, CHAMPION
from regua.errors import BundleError
from regua.settings import Settings
from serving.access.roles import Role
from serving.api.anatomy import Resource
from serving.api.book_schemas import RELEASE_ID, ModelsOut, ReleaseOut
from serving.api.call import Call
from serving.changes import promoting

resource = Resource("models", "Releases of models, signed and immutable; one is at work.")
READERS = frozenset({Role.DATA_SCIENTIST, Role.APPROVER, Role.STRATEGIST, Role.AUDITOR, Role.PRIVACY_OFFICER})


@resource.operation("GET", "/v1/models", summary="List the releases of models", roles=READERS, gives=ModelsOut)
async def list_models(call: Call) -> Response:
    """Return every release with what it holds, which is at work, and every promotion with who agreed to it."""
    settings = call.service.settings
    names = sorted(folder.parent.name for folder in settings.releases.glob(f"[0-9a-f]*/{bundles.MANIFEST}"))
    told = [_told(settings, name)[0] for name in names]
    changes = [change.to_json() for change in history.read(settings.releases)]
    return call.json({"at_work": promoting.champion(settings), "releases": told, "history": changes})


@resource.operation(
    "GET",
    "/v1/models/{release_id}",
    summary="Read a release with its gates and cards",
    roles=READERS,
    gives=ReleaseOut,
    problems=(404,),
    path_values={"release_id": RELEASE_ID},
)
async def read_model(call: Call) -> Response:
    """Return what it measures out of time, what each gate found, and the facts of each card."""
    settings, release_id = call.service.settings, call.path["release_id"]
    promoting.refuse_unknown(settings, release_id)
    told, manifest = _told(settings, release_id)
    cards = {name: _card(settings.cards / release_id / f"{name}.json") for name in manifest.get("cards", ())}
    return call.json(
        {**told, "metrics": manifest.get("metrics", {}), "gates": manifest.get("gates", []), "cards": cards}
    )


def _told(settings: Settings, release_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    manifest: dict[str, Any] = {}
    problem = None
    try:
        folder = bundles.folder_of(settings.releases, release_id)
        manifest = bundles.verified_manifest(folder, trusted=settings.trusted_keys)
    except BundleError as refused:
        problem = refused.found
    told = {
        "release_id": release_id,
        "trained_as_of": manifest.get("trained_as_of"),
        "models": sorted(manifest.get("models", ())),
        "is_champion": _is_marked(settings.releases, CHAMPION, release_id),
        "is_challenger": _is_marked(settings.releases, CHALLENGER, release_id),
        "problem": problem,
    }
    return told, manifest


def _is_marked(releases: Path, mark: str, release_id: str) -> bool:
    return (releases / mark).exists() and (releases / mark).read_text("utf-8").strip() == release_id


def _card(path: Path) -> dict[str, Any] | None:
    found: dict[str, Any] | None = orjson.loads(path.read_bytes()) if path.is_file() else None
    return found
