"""Load a release where nothing can be harmed: a process of its own, with little memory and little time.

LightGBM's text loader crashes on most damaged files and hangs on some. Digests and signature keep those out; this is
for the file that was signed all the same. Whatever happens to the child, the service lives on.
"""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from regua.errors import BundleError
from regua.records import canonical, digest
from regua.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """What loading and proving a release may take; see :class:`regua.settings.Settings`.

    ``cpu_seconds`` are of the processor and ``memory_mb`` come on top of the libraries themselves, so that a busy or
    small machine is no fault of the release; ``seconds`` pass on the clock on the wall, starting the libraries
    included.
    """

    cpu_seconds: int = 20
    seconds: float = 120
    memory_mb: int = 1_024

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Read them from the settings."""
        return cls(settings.trial_cpu_seconds, settings.trial_seconds, settings.trial_memory_mb)


_STATM = Path("/proc/self/statm")
_TOLD_AT_MOST = 400


def attempt(folder: Path, trusted: Path, catalog_digest: str, limits: Limits) -> str:
    """Let a child verify, load and prove a release; return the SHA-256 of the manifest it did that with.

    Raises
    ------
    BundleError
        The child refused the release, crashed on it, ran out of memory, or took too long.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "serving.scoring.trying", str(folder), str(trusted), catalog_digest]
    command += [str(limits.cpu_seconds), str(limits.memory_mb)]
    reads, writes = os.pipe()
    with os.fdopen(reads, "rb") as answers:
        try:
            # The command is this very program's; only a folder's name comes from outside, and no shell reads it.
            done = subprocess.run(  # noqa: S603
                [*command, str(writes)],
                capture_output=True,
                env=environment,
                timeout=limits.seconds,
                check=False,
                pass_fds=(writes,),
            )
        except subprocess.TimeoutExpired as problem:
            raise _refused(folder, f"was not loaded within {limits.seconds:g} seconds") from problem
        finally:
            os.close(writes)
        said = answers.read()
    if done.returncode == -signal.SIGXCPU:
        raise _refused(folder, f"was not loaded within {limits.cpu_seconds} seconds")
    try:
        answer = orjson.loads(said)
    except orjson.JSONDecodeError as problem:
        raise _refused(folder, f"ended the process that tried it ({_ending(done)})") from problem
    if "sha256" not in answer:
        raise BundleError(answer["found"], expected=answer["expected"], remedy=answer["try"])
    return str(answer["sha256"])


def main(given: Sequence[str]) -> None:
    """Be the child: say what came of it, as JSON, into the pipe that was handed down.

    A pipe of its own, since a library may print what it likes. What is said fits into any pipe, so nobody waits.
    """
    folder, trusted, catalog_digest, cpu_seconds, memory_mb, answers = given
    import numpy as np

    from models import boosting, bundle

    boosting.take_up_alone()  # the library's own memory does not count

    _limit(int(cpu_seconds), int(memory_mb))
    try:
        held = bundle.load(Path(folder), catalog_digest=catalog_digest, trusted=Path(trusted))
        for artifact in held.models.values():
            if artifact.booster is not None:
                artifact.scores_encoded(np.zeros((1, len(artifact.features))))
        answer = {"sha256": digest(canonical(dict(held.manifest)))}
    except BundleError as problem:
        answer = {"found": problem.found, "expected": problem.expected or "", "try": problem.remedy or ""}
    except MemoryError:
        answer = {
            "found": f"{Path(folder).name} needs too much memory",
            "expected": f"{memory_mb} MB at most",
            "try": _REMEDY,
        }
    except Exception as problem:  # whatever a file provokes is a refusal
        said = f"release {Path(folder).name} cannot be loaded: {type(problem).__name__} {str(problem)[:_TOLD_AT_MOST]}"
        answer = {"found": said, "expected": "a release as training wrote it", "try": _REMEDY}
    with os.fdopen(int(answers), "wb") as pipe:
        pipe.write(canonical(answer))


_REMEDY = "promote another release, or roll back: regua rollback; the last good one stays at work"


def _limit(cpu_seconds: int, memory_mb: int) -> None:
    """Hold this process to its memory and its time, and let it leave no core behind."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if _STATM.exists():
        now = int(_STATM.read_text().split()[0]) * resource.getpagesize()
        limit = now + memory_mb * 1_024 * 1_024
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _refused(folder: Path, what: str) -> BundleError:
    return BundleError(
        f"release {folder.name} {what}", expected="a release that loads and proves itself", remedy=_REMEDY
    )


def _ending(done: "subprocess.CompletedProcess[bytes]") -> str:
    how = f"signal {-done.returncode}" if done.returncode < 0 else f"exit {done.returncode}"
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return f"{how}: {said[-1][:_TOLD_AT_MOST]}" if said else how


if __name__ == "__main__":
    main(sys.argv[1:])
