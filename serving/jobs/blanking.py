"""What the lists and results of jobs still say of somebody who was erased is blanked; no line changes its place."""

import os
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

import orjson

from regua.errors import NotFoundError, RequestError
from regua.locks import alone
from regua.settings import Settings
from serving.jobs import lines
from serving.jobs.files import JobFiles
from serving.store import Store


def blank(settings: Settings, store: Store, erased_at: Mapping[str, datetime]) -> tuple[int, int]:
    """Blank the lines about people who were erased after a job was sent; return how many lines of how many files.

    A blank line of a list is asked nothing, and a result says that it was erased. Where the next part begins stays as
    it was, so that a job at work goes on and results can be read on. Said again, nothing is left to do.

    Parameters
    ----------
    erased_at
        Who was erased, and when that was last; whoever came back since is in the jobs sent since.
    """
    files, count, touched = JobFiles(settings, store.portfolio), 0, 0
    for job_id in files.names():
        # Given up meanwhile: its files go with it.
        with suppress(NotFoundError, FileNotFoundError):
            job = store.jobs.one(job_id)
            gone = frozenset(who for who, when in erased_at.items() if when >= job.created_at)
            if not gone:
                continue
            asked, results = files.lists(job_id)
            with alone(files.lock(job_id)):
                blanked = [
                    _rewritten(asked, partial(_asks, shape=job.shape, gone=gone), _nothing),
                    _rewritten(results, partial(_answers, gone=gone), _erased),
                ]
            count, touched = count + sum(blanked), touched + sum(map(bool, blanked))
    return count, touched


def _rewritten(path: Path, is_gone: Callable[[bytes], bool], instead: Callable[[bytes], bytes]) -> int:
    """Write a file anew with some of its lines replaced by others of the same length; return how many."""
    if not path.exists():
        return 0
    with path.open("rb") as old:
        count = sum(is_gone(line) for line in old)
    if not count:
        return 0
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with path.open("rb") as old, os.fdopen(descriptor, "wb") as new:
        new.writelines(instead(line) if is_gone(line) else line for line in old)
        new.flush()
        os.fsync(new.fileno())
    draft.replace(path)
    return count


def _asks(line: bytes, shape: str, gone: Collection[str]) -> bool:
    content = line.strip()
    try:
        return bool(content) and lines.read(content, shape).customer_id in gone
    except RequestError:
        return _names(content, gone)


def _answers(line: bytes, gone: Collection[str]) -> bool:
    try:
        told = orjson.loads(line)
        customer_id = told["customer_id"]
    except (ValueError, KeyError, TypeError):
        return _names(line, gone)
    if customer_id is None:
        return "problem" in told and _names(line, gone)
    return customer_id in gone


def _names(line: bytes, gone: Collection[str]) -> bool:
    """Whether a line that cannot be read has the name of somebody in it."""
    return any(who.encode() in line for who in gone)


def _nothing(line: bytes) -> bytes:
    return _filled(b"", line)


def _erased(line: bytes) -> bytes:
    try:
        number = orjson.loads(line)["line"]
    except (ValueError, KeyError, TypeError):
        return _nothing(line)
    return _filled(lines.erased(number), line)


def _filled(words: bytes, line: bytes) -> bytes:
    """Fill words up with spaces to the length of a line, with its end."""
    end = b"\n" if line.endswith(b"\n") else b""
    room = len(line) - len(end)
    return (words if len(words) <= room else b"").ljust(room) + end
