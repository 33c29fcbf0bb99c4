"""Erasure reaches what lies outside the store: tables and profiles of the home, Redis, lists and results of jobs."""

from collections.abc import Mapping
from datetime import datetime

from features import forgetting
from features.forgetting import Forgotten
from regua.settings import Settings
from serving.jobs.blanking import blank
from serving.privacy import remembering
from serving.proving.signing import Signer
from serving.store import Store


def forget(settings: Settings, store: Store, erased_at: Mapping[str, datetime]) -> Forgotten:
    """Take people out of every file that names them, as far as they were known when they were erased.

    All who were erased are written down outside the store as well.

    Raises
    ------
    UnavailableError
        Redis does not answer; nothing else was touched, and saying it again does all of it.
    """
    remembering.keep(store, Signer(settings.keys), settings.kept / remembering.FOLDER)
    gone = forgetting.forget(settings, erased_at)
    rows, files = blank(settings, store, erased_at)
    return Forgotten(gone.rows + rows, gone.files + files)
