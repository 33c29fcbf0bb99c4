"""A draft of the book: the files of the live one with some written anew, named by the digest of all of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import orjson

from journeys.book import Book
from journeys.book.book import FORMAT, HOUSE, POLICIES, SINGLE_FILES
from regua.errors import BookError, ForbiddenError, Place, RequestError
from regua.records import canonical, digest

OWN_FOLDERS = ("catalog/", "channels/", "messages/", POLICIES)


class Draft(NamedTuple):
    """The text of a book, not yet compiled, and its digest."""

    text: str
    digest: str


def files_of(text: str) -> dict[str, str]:
    """Return the source files of a book from its text."""
    files: dict[str, str] = orjson.loads(text)["files"]
    return files


def written_in(folder: Path, base: str) -> dict[str, str]:
    """Read the files of a folder that say something else than a book does; what the folder lacks stays as it is.

    Raises
    ------
    BookError
        There is no such folder, or a file of it is not UTF-8.
    """
    if not folder.is_dir():
        raise BookError(f"no folder {folder}", expected="a folder with files of a book", remedy="check the path")
    before, found = files_of(base), dict[str, str]()
    for path in sorted(folder.rglob("*.yaml")):
        name = path.relative_to(folder).as_posix()
        if not name.startswith(OWN_FOLDERS) and name not in SINGLE_FILES:
            continue
        try:
            text = path.read_bytes().decode().replace("\r\n", "\n")
        except UnicodeDecodeError as problem:
            raise BookError("the file is not UTF-8", expected="UTF-8 text", place=Place(str(path))) from problem
        if before.get(name) != text:
            found[name] = text
    return found


def policy_digest(book: Book) -> str:
    """Name the rules of a book: the digest of its policy files alone."""
    return digest(canonical({name: text for name, text in files_of(book.text).items() if name.startswith(POLICIES)}))


def draft(base: str, files: Mapping[str, str | None]) -> Draft:
    """Write some files of a book anew; None takes a file out of it.

    Parameters
    ----------
    base
        The text of the book they are written into.
    files
        Sources by their path inside the book, such as ``catalog/early/early_digital.yaml``.

    Raises
    ------
    RequestError
        No file of a book has such a path, nothing is there to be taken out, or nothing changes.
    ForbiddenError
        A pack of law or provider rules is touched: a house may only add rules of its own that tighten.
    """
    before = files_of(base)
    after = dict(before)
    for path, source in files.items():
        _refuse_foreign(path, source, before)
        if source is None:
            if after.pop(path, None) is None:
                raise RequestError(f"no file {path} to take out", expected="a file of the live book")
        else:
            after[path] = source.replace("\r\n", "\n")
    if after == before:
        raise RequestError("nothing changes", expected="at least one file that says something else")
    text = canonical({"format": FORMAT, "files": after}).decode()
    return Draft(text, digest(text.encode()))


def _refuse_foreign(path: str, source: str | None, before: Mapping[str, str]) -> None:
    parts = path.split("/")
    is_plain = all(part and not part.startswith(".") for part in parts) and "\\" not in path
    in_folder = path.startswith(OWN_FOLDERS) and path.endswith(".yaml")
    if not is_plain or not (in_folder or path in SINGLE_FILES):
        raise RequestError(
            f"{path[:80]!r} is no file of a book",
            expected=f"a .yaml file in {', '.join(OWN_FOLDERS)} or one of {', '.join(SINGLE_FILES)}",
        )
    if path.startswith(POLICIES) and path != HOUSE and before.get(path, source) != source:
        raise ForbiddenError(
            f"{path} is a shipped pack of law or provider rules, or an earlier pack of the house",
            expected=f"rules of your own in {HOUSE}, which may only tighten, or in a pack of a new name",
            remedy="a new law comes with a new release of Regua",
        )
