"""Which release is at work: the champion, verified before it is used, and the last good one if the next is bad.

A new champion is taken up without a restart: its mark changes, its digests and signature are checked, a child process
loads it and proves its golden rows, and only then does this one. All of that happens beside the requests, which the
last good release answers meanwhile.
"""

import threading
from collections.abc import Callable
from time import monotonic

from features import catalog
from models import bundle as bundles
from models.plain_steps import PLAIN
from regua.errors import BundleError
from regua.records import canonical, digest
from regua.settings import Settings
from serving.scoring import trying
from serving.scoring.proven import Proven
from serving.scoring.scorer import NO_BUNDLE, Scorer
from serving.scoring.trying import Limits

_TRIED = "tried"
_NEVER = (-1, -1)
"""No mark has this inode: the one that is there counts as new."""
TRIED_AGAIN_SECONDS = 5.0
"""After how long a champion that could not be used is tried again, where nobody promotes another."""
MOST_TRYING = 0.05
"""The share of the time that may be spent on trying again: a trial that fails late is repeated more seldom."""


def scorer_of(settings: Settings, release_id: str) -> Scorer:
    """Return the scorer of a release by its identifier; ``none`` is the priors alone.

    Raises
    ------
    BundleError
        The release is not here, is not as signed, is signed by a stranger, was trained on another profile catalogue, or
        did not survive its trial in a process of its own.
    """
    if release_id == NO_BUNDLE:
        return Scorer(None, settings.threads)
    folder, known = bundles.folder_of(settings.releases, release_id), catalog.catalog_digest()
    manifest = bundles.verified_manifest(folder, catalog_digest=known, trusted=settings.trusted_keys)
    if manifest["release_id"] != release_id:
        raise BundleError(
            f"the folder of release {release_id} holds {manifest['release_id']}",
            expected="the release it is named after",
            remedy="take the release from its source again; nobody may rename one",
        )
    tried = digest(canonical(manifest))
    bundles.check_files(folder, manifest)
    proven = Proven(settings, tried)
    if proven.read(_TRIED) is None:
        if trying.attempt(folder, settings.trusted_keys, known, Limits.of(settings)) != tried:
            raise BundleError(
                f"release {release_id} changed while it was tried",
                expected="files that nobody touches",
                remedy="promote it again",
            )
        proven.keep(_TRIED)
    held = bundles.load(folder, catalog_digest=known, trusted=settings.trusted_keys, was_tried=True)
    if digest(canonical(dict(held.manifest))) != tried:
        raise BundleError(f"release {release_id} is another one than was tried", expected="files that nobody touches")
    return Scorer(held, settings.threads, proven=proven)


class Releases:
    """The scorers of a home, by release.

    Raises
    ------
    BundleError
        At the start, the champion cannot be used. Later a bad champion leaves the last good one at work, and
        :attr:`problem` says why.

    Parameters
    ----------
    goes_on
        Whether documented priors stand in at the start for a champion that cannot be used; it is tried again every few
        seconds, as is one that turned out bad later, and at once when another is promoted.
    """

    def __init__(self, settings: Settings, *, goes_on: bool = False) -> None:
        self._folder = settings.releases
        self._mark = self._folder / bundles.CHAMPION
        self._settings = settings
        self.problem: BundleError | None = None
        self._is_quick = False
        self._seen, began = self._look(), monotonic()
        try:
            self._scorer = scorer_of(settings, self._champion())
        except Exception as problem:  # whatever it is, the service can answer without it
            if not goes_on:
                raise
            self.problem = _told(problem)
            self._scorer = Scorer(None, settings.threads, stands_in=True)
        self._again = _again(began)
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    def current(self) -> Scorer:
        """Return the scorer at work; a new champion is taken up beside it, and answers once it has proved itself."""
        if self.problem is not None and monotonic() > self._again and not self.is_taking_up:
            self._seen = _NEVER
        if self._look() != self._seen:
            self._begin()
        return self._scorer

    def quicken(self) -> None:
        """Prepare the scorer at work, and each one after it, for few rows at a time; see :meth:`Scorer.quicken`."""
        self._is_quick = True
        self._scorer.quicken()

    def prepare(self) -> Callable[[], None]:
        """Prepare the scorer at work to answer at once, by the shortest way: plain steps, or LightGBM.

        Returns
        -------
        What is left to do, beside the requests.
        """
        if self._scorer.was_quick:
            self._scorer.quicken(PLAIN)
            return self._rest
        self._prove()
        return self.quicken

    def _rest(self) -> None:
        self.quicken()
        self._prove()

    def _prove(self) -> None:
        """Let LightGBM prove the scorer at work; where it no longer can, documented priors stand in."""
        scorer = self._scorer
        try:
            scorer.take_up()
        except Exception as problem:  # whatever it is, the service can answer without it
            self.problem, began = _told(problem), monotonic()
            if self._scorer is scorer:
                self._scorer = Scorer(None, self._settings.threads, stands_in=True)
            self._again = _again(began)

    @property
    def is_taking_up(self) -> bool:
        """Whether a new champion is being checked now."""
        worker = self._worker
        return worker is not None and worker.is_alive()

    def settle(self) -> Scorer:
        """Wait until a new champion has been taken up or refused, and return the scorer at work then."""
        self.current()
        while (worker := self._worker) is not None and worker.is_alive():
            worker.join(2 * self._settings.trial_seconds)
        return self._scorer

    def _begin(self) -> None:
        with self._lock:
            if not self.is_taking_up:
                self._worker = threading.Thread(target=self._take_up, name="new champion", daemon=True)
                self._worker.start()

    def _take_up(self) -> None:
        while (seen := self._look()) != self._seen:
            began = monotonic()
            try:
                mark = self._champion()
                if mark != self._scorer.release_id:
                    scorer = self._next(mark)
                    scorer.take_up()
                    if self._is_quick:
                        scorer.quicken()
                    self._scorer = scorer
                self.problem = None
            except Exception as problem:  # nothing a champion does may end the service, or go untold
                self.problem = _told(problem)
            self._seen, self._again = seen, _again(began)

    def _next(self, mark: str) -> Scorer:
        if mark == NO_BUNDLE:
            raise BundleError(
                f"the champion's mark is gone from {self._folder}",
                expected=f"a file {bundles.CHAMPION} that names a release",
                remedy="promote a release again; until then the last one stays at work",
            )
        return scorer_of(self._settings, mark)

    def _champion(self) -> str:
        return bundles.champion(self._folder).name if self._look() else NO_BUNDLE

    def _look(self) -> tuple[int, int] | None:
        """Look at the champion's mark without reading it: every decision asks."""
        try:
            status = self._mark.stat()
        except OSError:
            return None
        # To the nanosecond, with the inode: a mark is moved into its place, never written over.
        return status.st_ino, status.st_mtime_ns


def _told(problem: Exception) -> BundleError:
    if isinstance(problem, BundleError):
        return problem
    return BundleError(
        f"the champion cannot be taken up: {type(problem).__name__} {problem}",
        remedy="regua models; what was at work before stays at work",
    )


def _again(began: float) -> float:
    """Say when to try once more, after a try that took as long as it did."""
    now = monotonic()
    return now + max(TRIED_AGAIN_SECONDS, (now - began) / MOST_TRYING)
