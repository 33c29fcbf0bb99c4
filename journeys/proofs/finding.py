"""What a check can find: a code, how grave it is, where it stands, and a customer it would happen to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from regua.errors import Place, ReguaError

Figures = Mapping[str, float | int | str | None]
"""A customer in figures, by column; ``None`` is NULL."""


class Severity(StrEnum):
    """Whether a finding keeps a book from going live."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


_ERROR, _WARNING, _HINT = Severity

CODES: Mapping[str, tuple[Severity, str]] = {
    "R001": (_ERROR, "A file cannot be read"),
    "R002": (_ERROR, "A condition cannot be read"),
    "R010": (_ERROR, "An example comes out differently"),
    "R011": (_ERROR, "A version is not locked"),
    "R012": (_ERROR, "A journey changed under its number"),
    "R013": (_ERROR, "A journey went back to an earlier version"),
    "R014": (_ERROR, "Customers are to finish a version that is not in the archive"),
    "R101": (_ERROR, "A customer in arrears whom no journey takes"),
    "R102": (_HINT, "Customers of unknown days past due whom no journey takes"),
    "R103": (_HINT, "Entries that overlap; priority settles them"),
    "R104": (_ERROR, "Two journeys of one priority"),
    "R105": (_ERROR, "An entry that is never true"),
    "R106": (_ERROR, "An entry that is wholly taken by others before it"),
    "R107": (_WARNING, "Customers whom no journey takes while one cools down"),
    "R201": (_ERROR, "A step that nobody can reach"),
    "R202": (_WARNING, "A step later than its journey lasts"),
    "R203": (_ERROR, "A step for customers who cannot enter"),
    "R204": (_WARNING, "Days counted from a promise that may not be there"),
    "R301": (_ERROR, "An exit that is never true"),
    "R302": (_WARNING, "An exit that an earlier one always takes"),
    "R303": (_ERROR, "A journey that may never end"),
    "R304": (_HINT, "A journey that ends only when somebody reports something"),
    "R305": (_ERROR, "A journey that keeps whoever has paid"),
    "R401": (_ERROR, "A journey that is left as soon as it is entered"),
    "R402": (_ERROR, "Journeys between which a customer bounces"),
    "R403": (_WARNING, "Hand-overs that go round in a circle"),
    "R404": (_WARNING, "An interruption that does not say where it returns"),
    "R405": (_WARNING, "A return where nothing was interrupted"),
    "R501": (_ERROR, "A window that is never open"),
    "R502": (_WARNING, "A window that is seldom open"),
    "R601": (_ERROR, "An offer beyond its limits"),
    "R602": (_ERROR, "A channel without a rule of consent"),
    "R603": (_ERROR, "A message that cannot be sent as written"),
    "R604": (_ERROR, "A ladder that waits for what its channel cannot report"),
    "R605": (_WARNING, "A step that asks for an offer nobody on it can have"),
    "R611": (_ERROR, "A message longer than its channel carries"),
    "R612": (_ERROR, "A message that lacks the amount, a way to pay or a value"),
    "R613": (_ERROR, "A message that differs between languages"),
    "R614": (_ERROR, "Words that are not said to a customer"),
    "R615": (_ERROR, "Legal wording outside a notice"),
    "R616": (_ERROR, "Words that a billing-only channel refuses"),
    "R617": (_ERROR, "A debt told to whoever reads it"),
    "R618": (_WARNING, "An SMS of many parts"),
    "R619": (_ERROR, "A message about an offer on a step that makes none"),
    "R701": (_ERROR, "A step that limits never let through"),
    "R702": (_WARNING, "Steps closer together than limits allow"),
    "R703": (_WARNING, "Steps closer together than the spacing of contacts"),
    "R901": (_HINT, "A message that no step sends"),
    "R902": (_HINT, "A segment that nothing reads"),
    "R903": (_HINT, "An offer that no step makes"),
    "R904": (_HINT, "A task that no step asks for"),
}
"""Every code with its severity and title; each has a page in ``docs/findings``. Codes are stable: append only."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    ``witness`` says in words whom it concerns and ``customer`` in figures, by column; both are empty where the finding
    concerns no customer in particular.
    """

    code: str
    place: str
    found: str
    expected: str | None = None
    remedy: str | None = None
    witness: str | None = None
    customer: Figures = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return CODES[self.code][0]

    @classmethod
    def at(
        cls,
        code: str,
        place: Place,
        found: str,
        *,
        expected: str | None = None,
        remedy: str | None = None,
        witness: "Witness | None" = None,
    ) -> "Finding":
        """Make a finding at a place of a file."""
        words, figures = (witness.words, witness.figures) if witness else (None, {})
        return cls(code, str(place), found, expected, remedy, words, figures)

    @classmethod
    def of(cls, code: str, problem: ReguaError) -> "Finding":
        """Make a finding of an error."""
        return cls(code, str(problem.place or ""), problem.found, problem.expected, problem.remedy)


@dataclass(frozen=True, slots=True)
class Witness:
    """A customer something would happen to: the figures that matter, and the same in words."""

    figures: Figures
    words: str
