"""Where did the customer stand, does an exit hold, and what follows it? The answers for one customer alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from journeys.book.aftermath import NO_JOURNEY, Fate
from journeys.book.journeys import BACK
from journeys.rulebook.row import NAN
from journeys.singly.advance import day_in
from journeys.singly.customer import NONE, Customer


@dataclass(slots=True)
class Place:
    """Where a customer stands before anything takes over: journey, day, last step, channels tried."""

    at: int
    day: float
    last: int
    tried: int


@dataclass(slots=True)
class Returns:
    """The journey a customer was taken out of, as the position names it; none where it has no name."""

    journey: str | None
    version: float
    entered_on: float
    step_last: float

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Returns":
        """Read what was remembered."""
        return cls(row.get("return_journey"), row["return_version"], row["return_entered_on"], row["return_step_last"])

    def position(self) -> tuple[str | None, float, float, float]:
        """Return what is written back."""
        return self.journey, self.version, self.entered_on, self.step_last

    def forget(self) -> None:
        """Forget it."""
        if self.journey is not None:
            self.journey, self.version, self.entered_on, self.step_last = None, NAN, NAN, NAN

    def remember(self, who: Customer, base: Place) -> None:
        """Remember where an interrupted customer stood; who was interrupted before keeps the first."""
        if self.journey is None:
            self.journey, self.version = who.book.journey_names.item(base.at), who.book.steps.versions.item(base.at)
            self.entered_on, self.step_last = who.today - base.day, float(base.last)


def stand(who: Customer, name: str | None, version: float) -> tuple[int, Fate | None]:
    """Find the journey a position names, and what became of a version that is not the one in force."""
    at = who.book.journey_positions[name]
    if at < 0:
        return at, None if name is None else Fate.UNKNOWN
    if version != version or version == who.book.steps.versions.item(at):
        return at, None
    return who.book.after.fate(at, int(version))


def moved_step(who: Customer, at: int, journey_day: float) -> int:
    """Say which step of the version in force was the last, for who comes from an earlier one."""
    if at == NO_JOURNEY:
        return NONE
    day = day_in(who, at, journey_day) - (who.today - who.row["stepped_on"])
    return who.book.rhythm.come_alone(at, day) - 1


def leave(who: Customer, base: Place, *, is_stopped: bool) -> int:
    """Find the first exit that holds, and free who leaves, in place; -1 for who stays."""
    exit_at = who.book.after.stopped_from + base.at if is_stopped else NONE
    if not is_stopped and who.is_known and base.at >= 0:
        journey = who.book.versions[base.at]
        for offset, (_, condition) in enumerate(journey.leave):
            if condition.row(who.row) is True:
                exit_at = journey.first_exit + offset
                break
    if exit_at >= 0:
        base.at = NO_JOURNEY
    return exit_at


def resting(who: Customer) -> int:
    """Return the journey in force that the customer may not enter yet, -1 none."""
    after, left_on = who.book.after, who.row["left_on"]
    if left_on != left_on:
        return NONE
    journey = after.left.item(after.exits[who.row.get("last_journey_exit")])
    rests = after.rests.item(journey)
    return journey if rests > 0 and who.today - left_on < rests else NONE


def follow(who: Customer, base: Place, returns: Returns) -> tuple[bool, bool]:
    """Put who leaves where the exit says, in place; say whether it was over to another journey, or back."""
    if who.exit_at < 0:
        return False, False
    then = who.book.after.thens.item(who.exit_at)
    if then >= 0:
        # Whoever is handed over may still go back from there.
        return resting(who) != then and _put(who, base, Place(then, 0.0, -1, 0)), False
    is_resumed = then == BACK and returns.journey is not None and _go_back(who, base, returns)
    returns.forget()
    return False, is_resumed


def _go_back(who: Customer, base: Place, returns: Returns) -> bool:
    at, fate = stand(who, returns.journey, returns.version)
    entered_on, last = returns.entered_on, returns.step_last
    day, step = who.today - entered_on if entered_on == entered_on else 0.0, int(last) if last == last else -1
    if fate is Fate.MOVED:
        step = moved_step(who, at, day)
    return at >= 0 and fate is not Fate.STOPPED and _put(who, base, Place(at, day, step, 0))


def _put(who: Customer, base: Place, there: Place) -> bool:
    """Put a customer elsewhere, in place, unless that journey would be left at once."""
    name = who.book.journey_names.item(there.at)
    row = {**who.row, "journey": name, "journey_day": there.day, "step_last": float(there.last)}
    if any(condition.row(row) is True for _, condition in who.book.versions[there.at].leave):
        return False
    base.at, base.day, base.last, base.tried = there.at, there.day, there.last, there.tried
    return True
