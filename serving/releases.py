"""Which release is at work: the champion, verified before it is used, and the last good one if the next is bad."""

from features import catalog
from models import bundle as bundles
from regua.errors import BundleError
from regua.settings import Settings
from serving.scorer import NO_BUNDLE, Scorer


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
        self._threads = settings.threads
        self.problem: BundleError | None = None
        self._mark = self._champion()
        self._scorer = self.of(self._mark)

    def current(self) -> Scorer:
        """Return the champion's scorer, taking up a new champion when there is one."""
        try:
            mark = self._champion()
            if mark != self._mark:
                self._mark = mark
                self._scorer, self.problem = self.of(mark), None
        except BundleError as problem:
            self.problem = problem
        return self._scorer

    def of(self, release_id: str) -> Scorer:
        """Return the scorer of a release by its identifier; ``none`` is the priors alone.

        Raises
        ------
        BundleError
            The release is not here, or not as signed.
        """
        if release_id == NO_BUNDLE:
            return Scorer(None, self._threads)
        return Scorer(bundles.load(self._folder / release_id, catalog_digest=catalog.catalog_digest()), self._threads)

    def _champion(self) -> str:
        if not (self._folder / bundles.CHAMPION).is_file():
            return NO_BUNDLE
        return bundles.champion(self._folder).name
