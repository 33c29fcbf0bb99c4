"""Which release is at work: the champion, verified before it is used, and the last good one if the next is bad."""

from features import catalog
from models import bundle as bundles
from regua.errors import BundleError
from regua.settings import Settings
from serving.scorer import NO_BUNDLE, Scorer


def scorer_of(settings: Settings, release_id: str) -> Scorer:
    """Return the scorer of a release by its identifier; ``none`` is the priors alone.

    Raises
    ------
    BundleError
        The release is not here, is not as signed, is signed by a stranger, or was trained on another profile catalogue.
    """
    if release_id == NO_BUNDLE:
        return Scorer(None, settings.threads)
    folder = bundles.folder_of(settings.releases, release_id)
    held = bundles.load(folder, catalog_digest=catalog.catalog_digest(), trusted=settings.trusted_keys)
    return Scorer(held, settings.threads)


class Releases:
    """The scorers of a home, by release.

    Raises
    ------
    BundleError
        At the start, the champion cannot be used. Later a bad champion leaves the last good one at work, and
        :attr:`problem` says why.
    """

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.releases
        self._settings = settings
        self.problem: BundleError | None = None
        self._seen: tuple[int, int] | None = None
        self._read = NO_BUNDLE
        self._mark = self._champion()
        self._scorer = scorer_of(settings, self._mark)

    def current(self) -> Scorer:
        """Return the champion's scorer, taking up a new champion when there is one."""
        try:
            mark = self._champion()
            if mark != self._mark:
                self._mark = mark
                self._scorer, self.problem = self._next(mark), None
        except BundleError as problem:
            self.problem = problem
        return self._scorer

    def _next(self, mark: str) -> Scorer:
        if mark == NO_BUNDLE:
            raise BundleError(
                f"the champion's mark is gone from {self._folder}",
                expected=f"a file {bundles.CHAMPION} that names a release",
                remedy="promote a release again; until then the last one stays at work",
            )
        return scorer_of(self._settings, mark)

    def _champion(self) -> str:
        """Read the champion's mark where its file is another than the one read last: every decision asks."""
        try:
            status = (self._folder / bundles.CHAMPION).stat()
        except OSError:
            self._seen = None
            return NO_BUNDLE
        # To the nanosecond, with the inode: a mark is moved into its place, never written over.
        seen = status.st_ino, status.st_mtime_ns
        if seen != self._seen:
            self._read = bundles.champion(self._folder).name
            self._seen = seen
        return self._read
