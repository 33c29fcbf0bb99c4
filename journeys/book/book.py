"""The book: every journey, segment, policy, message and figure, compiled and named by the digest of its text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from journeys.book.aftermath import Aftermath
from journeys.book.archive import FOLDER
from journeys.book.channels import Channels, compile_channels
from journeys.book.creditor import Creditors, compile_creditors
from journeys.book.economy import Economy, compile_economy
from journeys.book.grammar import Journey
from journeys.book.journeys import CompiledJourney, Entry, Steps, compile_journeys
from journeys.book.messages import Messages, compile_messages
from journeys.book.offers import Offers
from journeys.book.offers_reading import compile_offers
from journeys.book.patience import Patience, compile_patience
from journeys.book.reasons import Reasons, compile_reasons
from journeys.book.rhythm import Rhythm
from journeys.book.segments import Segments, compile_segments
from journeys.book.tasks import Tasks, compile_tasks
from journeys.book.tone import Tone, compile_tone
from journeys.book.wording import Wording, compile_wording
from journeys.language import fields as known_fields
from journeys.language.numbering import Numbering
from journeys.language.reading import Document, read, understand, unknown
from journeys.rulebook.layering import compile_policies
from journeys.rulebook.policies import Policies
from regua.errors import BookError, Place
from regua.predicates import Field
from regua.records import canonical, digest

HOME = Path(__file__).parents[1]
PROFILE_FIELDS = HOME.parent / "regua" / "fields.yaml"
SINGLE_FILES = (
    "segments.yaml",
    "patience.yaml",
    "economy.yaml",
    "wording.yaml",
    "creditor.yaml",
    "tone.yaml",
    "offers.yaml",
    "tasks.yaml",
    "reasons.yaml",
    "policies/zones.yaml",
)
POLICIES = "policies/"
HOUSE = f"{POLICIES}house.yaml"
FORMAT = 1
VERSION_STOPPED = "version_stopped"
"""The exit of whoever was inside an earlier version when one that stops them went live."""


@dataclass(frozen=True, slots=True)
class Book:
    """Everything a decision depends on besides the customer and the moment.

    ``journeys`` stand in the order of their priority; ``archived`` are earlier versions that are still walked,
    and ``versions`` all of them: what the index of a journey means. ``exits`` names every ``journey.exit``, then
    each journey's ``version_stopped``; ``fields_read`` are the columns any condition reads; ``text`` is the whole
    source, from which :meth:`from_text` makes the same book again.
    """

    text: str
    digest: str
    fields: Mapping[str, Field]
    segments: Segments
    patience: Patience
    journeys: tuple[CompiledJourney, ...]
    archived: tuple[CompiledJourney, ...]
    versions: tuple[CompiledJourney, ...]
    steps: Steps
    rhythm: Rhythm
    policies: Policies
    channels: Channels
    messages: Messages
    wording: Wording
    creditors: Creditors
    tone: Tone
    tasks: Tasks
    economy: Economy
    offers: Offers
    reasons: Reasons
    journey_positions: Numbering
    journey_names: NDArray[np.object_]
    exits: NDArray[np.object_]
    after: Aftermath
    offer_names: NDArray[np.object_]
    fields_read: frozenset[str]

    @classmethod
    def from_text(cls, text: str) -> "Book":
        """Compile a book from its own text, for replay.

        Raises
        ------
        BookError, PredicateError
            The text is not a book of this format, or a file in it is wrong.
        """
        try:
            content = orjson.loads(text)
            files = content["files"]
        except (ValueError, KeyError, TypeError) as problem:
            raise BookError("not the text of a book", expected="what Book.text gave") from problem
        if content.get("format") != FORMAT:
            raise BookError(f"book format {content.get('format')!r}", expected=str(FORMAT))
        return compile_book(files)

    def journey(self, name: str) -> CompiledJourney:
        """Return a journey by its name.

        Raises
        ------
        BookError
            No such journey; with the nearest name.
        """
        position = self.journey_positions[name]
        if position < 0:
            raise unknown("journey", name, [journey.name for journey in self.journeys], Place())
        return self.journeys[position]

    def without_chance(self) -> "Book":
        """Return the same book with exploration off, for examples."""
        return replace(self, economy=replace(self.economy, exploration_rate=0.0))


def load(folder: Path | None = None) -> Book:
    """Read and compile a folder of journeys; the shipped one when none is given.

    A folder holds ``catalog/**/*.yaml``, ``policies/*.yaml``, ``channels/*.yaml``, ``messages/*.yaml`` and the files of
    its root; a file it lacks is taken from the shipped ones, and so is every channel and message it does not write
    itself. Of the shipped policies only the house's own may be written anew.

    Raises
    ------
    BookError, PredicateError
        The first thing that is wrong, with file, line and column.
    """
    return compile_book(sources(folder or HOME))


def digest_of(folder: Path | None = None) -> str:
    """Name what a folder of journeys says, as :func:`load` would, without compiling it."""
    return digest(_whole(sources(folder or HOME)).encode())


def sources(folder: Path) -> dict[str, str]:
    """Read the source files of a folder, by their path inside it."""
    if not folder.is_dir():
        raise BookError(f"no folder {folder}", expected="a folder with catalog/ and policies/", remedy="check the path")
    found = {"fields.yaml": _text(PROFILE_FIELDS)}
    for name in SINGLE_FILES:
        own = folder / name
        found[name] = _text(own if own.exists() else HOME / name)
    for pattern, root in (
        ("channels/*.yaml", HOME),
        ("channels/*.yaml", folder),
        ("messages/*.yaml", HOME),
        ("messages/*.yaml", folder),
        ("policies/*.yaml", HOME),
        ("policies/*.yaml", folder),
        ("catalog/**/*.yaml", folder),
    ):
        for path in sorted(root.glob(pattern)):
            name, text = path.relative_to(root).as_posix(), _text(path)
            if name.startswith(POLICIES) and name != HOUSE and found.get(name, text) != text:
                raise BookError(
                    "a shipped pack of law or provider rules is written anew",
                    expected="the shipped text, or no file of this name",
                    remedy=f"write rules of your own in {HOUSE}, which may only tighten, or in a pack of a new name",
                    place=Place(name),
                )
            found[name] = text
    return found


def _whole(files: Mapping[str, str]) -> str:
    return canonical({"format": FORMAT, "files": dict(files)}).decode()


def compile_book(files: Mapping[str, str]) -> Book:
    """Compile a book from its source files."""
    text = _whole(files)
    documents = {name: read(source, name) for name, source in files.items() if not name.startswith(POLICIES)}
    policies = _policies(tuple((name, source) for name, source in files.items() if name.startswith(POLICIES)))
    lacking = [name for name in ("fields.yaml", *SINGLE_FILES) if name not in files]
    if lacking:
        raise BookError(f"the book lacks {', '.join(lacking)}", expected="every file of a book")
    fields = known_fields.of_kernel() | known_fields.of_profile(documents["fields.yaml"])
    segments = compile_segments(documents["segments.yaml"], fields)
    patience = compile_patience(documents["patience.yaml"], fields)
    offers = compile_offers(documents["offers.yaml"], fields)
    wording = compile_wording(documents["wording.yaml"])
    channels = compile_channels(_in_folder(documents, "channels"))
    messages = compile_messages(_in_folder(documents, "messages"), channels, wording)
    tasks = compile_tasks(documents["tasks.yaml"])
    written, archived = _journeys(documents)
    _name_the_known(fields, [journey for journey, _ in (*written, *archived)])
    journeys, steps = compile_journeys(written, archived, fields, messages, tasks, offers)
    exits = _exits(journeys, len(written))
    return Book(
        text=text,
        digest=digest(text.encode()),
        fields=fields,
        segments=segments,
        patience=patience,
        journeys=journeys[: len(written)],
        archived=journeys[len(written) :],
        versions=journeys,
        steps=steps,
        rhythm=Rhythm.of(journeys),
        policies=policies,
        channels=channels,
        messages=messages,
        wording=wording,
        tone=compile_tone(documents["tone.yaml"]),
        creditors=compile_creditors(documents["creditor.yaml"]),
        tasks=tasks,
        economy=compile_economy(documents["economy.yaml"], channels),
        offers=offers,
        reasons=compile_reasons(documents["reasons.yaml"]),
        journey_positions=Numbering(journey.name for journey in journeys[: len(written)]),
        journey_names=np.array([*(journey.name for journey in journeys), None], dtype=object),
        exits=exits,
        offer_names=np.array([*offers.names, None], dtype=object),
        after=Aftermath.of(journeys, len(written), exits.tolist()),
        fields_read=_fields_read(segments, journeys) | offers.columns | patience.columns,
    )


def _in_folder(documents: Mapping[str, Document], folder: str) -> list[Document]:
    return [one for name, one in documents.items() if name.startswith(f"{folder}/")]


def _journeys(documents: Mapping[str, Document]) -> tuple[list[Entry], list[Entry]]:
    """Read the journeys in force and the archived versions."""
    read = [(understand(one, Journey), one) for name, one in documents.items() if name.startswith("catalog/")]
    archived = [entry for entry in read if entry[1].file.startswith(FOLDER)]
    written = [entry for entry in read if not entry[1].file.startswith(FOLDER)]
    if not written:
        raise BookError("no journey at all", expected="catalog/<stage>/<journey>.yaml")
    return written, archived


def _name_the_known(fields: dict[str, Field], journeys: Sequence[Journey]) -> None:
    """Tell the fields of the position which names they may hold, so that a misspelt one is found."""
    names = tuple(dict.fromkeys(journey.journey for journey in journeys))
    exits = dict.fromkeys(f"{one.journey}.{name}" for one in journeys for name in (*one.leave, VERSION_STOPPED))
    for field, values in (("journey", names), ("return_journey", names), ("last_journey_exit", tuple(exits))):
        fields[field] = replace(fields[field], values=values)


def _exits(journeys: Sequence[CompiledJourney], current: int) -> NDArray[np.object_]:
    written = [f"{one.name}.{name}" for one in journeys for name, _ in one.leave]
    stopped = [f"{one.name}.{VERSION_STOPPED}" for one in journeys[:current]]
    return np.array([*written, *stopped, None], dtype=object)


@lru_cache(maxsize=8)
def _policies(files: tuple[tuple[str, str], ...]) -> Policies:
    """Compile the policies once for every book that has the same: a check compiles many books over one law."""
    documents = {name: read(source, name) for name, source in files}
    zones = documents.pop("policies/zones.yaml", None)
    if zones is None:
        raise BookError("the book lacks policies/zones.yaml", expected="every file of a book")
    return compile_policies(list(documents.values()), zones)


def _fields_read(segments: Segments, journeys: tuple[CompiledJourney, ...]) -> frozenset[str]:
    conditions = [group.condition for group in segments.groups]
    for journey in journeys:
        conditions += [journey.enter, *(leave for _, leave in journey.leave), *filter(None, journey.whens)]
    reads = (condition.columns for condition in conditions)
    return frozenset[str]().union(*reads, *(band.reads for band in segments.bands))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise BookError(f"{path} cannot be read: {problem}", expected="a UTF-8 text file") from problem
