"""How policy files become one rulebook: each rule placed, its dates joined, and the house's own only tightening."""

from collections.abc import Iterable, Sequence

from journeys.language.reading import Document, understand, unknown
from journeys.rulebook.calendars import Calendar, HolidayRule
from journeys.rulebook.files import SECTIONS, PolicyFile
from journeys.rulebook.grammar import Rule
from journeys.rulebook.holds import HoldRule
from journeys.rulebook.hours import PermittedHours
from journeys.rulebook.places import Places, check_zone, read_places
from journeys.rulebook.policies import Policies
from journeys.rulebook.succession import Placed, refuse_twins_and_gaps
from journeys.rulebook.tightening import refuse_loosening
from journeys.rulebook.week import HoursRule
from regua.errors import BookError
from regua.vocabulary import HOLD_BIT


def compile_policies(documents: Sequence[Document], zones: Document) -> Policies:
    """Compile the policy files and the table of zones.

    Raises
    ------
    BookError
        A rule's id stands twice, a region nobody knows, a hold without a rule, not exactly one business zone, or a
        house that does not say that it tightens.
    """
    read = [(understand(document, PolicyFile), document) for document in documents]
    house = [(file, document) for file, document in read if file.works_in or file.zone]
    if len(house) != 1 or not (house[0][0].works_in and house[0][0].zone):
        raise BookError(
            f"{len(house)} policies with works_in or zone",
            expected="one, the house's, that names both its countries and zone",
        )
    file, document = house[0]
    if not file.tightens:
        raise BookError(
            f"policy {file.policy} names the house's countries and zone and does not tighten",
            expected="tightens: true, so that its rules are held against the laws",
            place=document.place("policy"),
        )
    zone = check_zone(file.zone or "", document.place("zone"))
    places = read_places(zones, file.works_in or (), document.place("works_in"))
    placed = [one for file, document in read for one in _placed(file, document, places)]
    refuse_twins_and_gaps(placed)
    refuse_loosening(placed, places)
    sections = {name: tuple(one.rule for one in placed if one.section == name) for name in SECTIONS}
    covered = frozenset(name for file, _ in read for name in places.of(file.countries or ()))
    _refuse_silence_on_holds(placed, covered)
    own = tuple(rule for rule in sections.get("holidays", ()) if isinstance(rule, HolidayRule))
    hours = PermittedHours(
        rules=tuple(rule for rule in sections["hours"] if isinstance(rule, HoursRule)),
        calendar=Calendar(places, own),
        zone=zone,
        covered=covered,
        own=frozenset(one.rule.id for one in placed if one.is_own),
    )
    return Policies(tuple(file for file, _ in read), sections, hours, zone)


def _placed(file: PolicyFile, document: Document, places: Places) -> list[Placed]:
    """Say of each rule of a file where it holds: where it says so itself, or else where its file does."""
    whole = _regions(file, document, (), places)
    found = []
    for section, index, rule in file.rules():
        path = (section, index)
        narrowed = _regions(rule, document, path, places)
        for name in narrowed or ():
            if whole is not None and name not in whole:
                raise BookError(
                    f"rule {rule.id} speaks of {name}, its file does not",
                    expected="a region or country of the file",
                    place=document.place(*path),
                )
        regions = whole if narrowed is None else narrowed
        here = rule.model_copy(update={"regions": None if regions is None else list(regions)})
        is_narrow = rule.regions is not None or file.regions is not None
        found.append(Placed(section, here, document.place(*path), is_own=file.tightens, is_narrow=is_narrow))
    return found


def _regions(
    spoken: PolicyFile | Rule, document: Document, path: tuple[str | int, ...], places: Places
) -> tuple[str, ...] | None:
    if spoken.regions is None and spoken.countries is None:
        return None
    for index, name in enumerate(spoken.regions or ()):
        if name not in places.regions:
            raise unknown("region", name, places.names, document.place(*path, "regions", index))
    countries = {region.country for region in places.regions.values()}
    for index, name in enumerate(spoken.countries or ()):
        if name not in countries:
            raise unknown("country", name, sorted(countries), document.place(*path, "countries", index))
    return tuple(dict.fromkeys([*(spoken.regions or ()), *places.of(spoken.countries or ())]))


def _refuse_silence_on_holds(placed: Sequence[Placed], covered: Iterable[str]) -> None:
    rules = [one.rule for one in placed if isinstance(one.rule, HoldRule)]
    for region in sorted(covered):
        held = {kind for rule in rules if rule.speaks_of(region) for kind in rule.holds}
        if held != set(HOLD_BIT):
            lacking = ", ".join(sorted(set(HOLD_BIT) - held))
            raise BookError(f"no rule for the holds {lacking} in {region}", expected="a rule for every kind of hold")
