"""What a job was sent and what it answers, as files in the home: written as they come, never whole in memory."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkstemp
from urllib.parse import quote

from regua.errors import RequestError, TooLargeError
from regua.settings import Settings
from serving.store.jobs import Job

LARGEST_BYTES = 32 << 20
MOST_LINES = 1_000_000
PART_BYTES = 1 << 16
_ASKED, _RESULTS = "asked.ndjson", "results.ndjson"


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was sent: its number, from 1, its bytes, and where the next one begins."""

    number: int
    content: bytes
    end: int


class Received:
    """A list while it arrives: each part goes to the disk, and the whole is bounded.

    Raises
    ------
    TooLargeError
        It has more than :data:`LARGEST_BYTES` or :data:`MOST_LINES`.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = mkstemp(suffix=".part", dir=folder)
        self._path, self._file = Path(name), os.fdopen(descriptor, "wb")
        self._digest = hashlib.sha256()
        self._bytes = self._newlines = 0
        self._is_open_line = self._is_filled = False

    @property
    def lines(self) -> int:
        """How many lines came."""
        return self._newlines + self._is_open_line

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of what came."""
        return self._digest.digest()

    def add(self, part: bytes) -> None:
        """Take the next bytes."""
        if not part:
            return
        self._bytes += len(part)
        self._newlines += part.count(b"\n")
        self._is_open_line = not part.endswith(b"\n")
        self._is_filled = self._is_filled or bool(part.strip())
        if self._bytes > LARGEST_BYTES or self.lines > MOST_LINES:
            raise too_large()
        self._digest.update(part)
        self._file.write(part)

    def settle(self) -> None:
        """Wait until what came is on the disk.

        Raises
        ------
        RequestError
            Nothing came.
        """
        if not self._is_filled:
            raise RequestError(
                "an empty list", expected='one JSON object a line, such as {"customer_id": "c1"}', param=""
            )
        self._file.flush()
        os.fsync(self._file.fileno())

    def keep(self, target: Path) -> None:
        """Put what has settled under the name of its job."""
        target.mkdir(parents=True, exist_ok=True)
        self._path.replace(target / _ASKED)
        _sync_folder(target)

    def close(self) -> None:
        """Close what came, and delete it where nobody kept it."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def too_large() -> TooLargeError:
    """Say that a list is longer than a job may be."""
    return TooLargeError(
        f"a list of more than {LARGEST_BYTES} bytes or {MOST_LINES} lines",
        expected="at most 32 MiB and a million lines a job",
        remedy="send it as several jobs",
    )


class JobFiles:
    """The folders of one portfolio's jobs in a home."""

    def __init__(self, settings: Settings, portfolio: str) -> None:
        self._root = settings.kept / "jobs" / quote(portfolio, safe="")

    def receive(self) -> Received:
        """Begin to take in a list."""
        return Received(self._root / "arriving")

    def folder(self, job_id: str) -> Path:
        """Return where a job's files lie."""
        return self._root / job_id

    def lock(self, job_id: str) -> Path:
        """Return the file whose holder works at the job."""
        return self.folder(job_id) / "lock"

    def are_here(self, job_id: str) -> bool:
        """Whether what the job was sent lies in this home."""
        return (self.folder(job_id) / _ASKED).exists()

    def read(self, job: Job, most: int) -> list[Line]:
        """Read the next lines that nobody has worked off."""
        found: list[Line] = []
        with (self.folder(job.job_id) / _ASKED).open("rb") as file:
            file.seek(job.in_bytes_done)
            for number in range(job.lines_done + 1, job.lines_done + 1 + most):
                content = file.readline()
                if not content:
                    break
                found.append(Line(number, content.strip(), file.tell()))
        return found

    def append(self, job: Job, results: Sequence[bytes]) -> int:
        """Write results behind those that are valid, onto the disk; return how many bytes are valid then."""
        descriptor = os.open(self.folder(job.job_id) / _RESULTS, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            # What a crash left half written is overwritten.
            file.truncate(job.out_bytes)
            file.seek(job.out_bytes)
            file.writelines(results)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()

    def results(self, job: Job) -> Iterator[bytes]:
        """Read the valid results in parts."""
        path, left = self.folder(job.job_id) / _RESULTS, job.out_bytes
        if not left:
            return
        with path.open("rb") as file:
            while left and (part := file.read(min(left, PART_BYTES))):
                left -= len(part)
                yield part

    def names(self) -> list[str]:
        """Name every job that has a folder here, whatever the store knows of it."""
        return sorted(path.name for path in self._root.glob("job_*") if path.is_dir())

    def lists(self, job_id: str) -> tuple[Path, Path]:
        """Return where a job's list and its results lie."""
        return self.folder(job_id) / _ASKED, self.folder(job_id) / _RESULTS

    def left_arriving(self, before: datetime) -> list[Path]:
        """Return lists that began to arrive and to which nothing was added since a moment."""
        return [path for path in self._root.glob("arriving/*.part") if touched_before(path, before)]

    def remove(self, job_id: str) -> None:
        """Delete what the job was sent and what it answered."""
        shutil.rmtree(self.folder(job_id), ignore_errors=True)


def touched_before(path: Path, moment: datetime) -> bool:
    """Whether a file or folder is there and was last written before a moment of the machine's own clock."""
    try:
        return path.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
