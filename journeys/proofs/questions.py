"""Is there a customer of whom all this is true? The solver answers with a witness, or proves that there is none.

A question is a list of conditions, each to be known to be true or not known to be true: as the kernel asks them, for
whom unknown is not true. Where the single columns already exclude each other no solver is asked. A witness is answered
once more by the closures the kernel itself uses, so that a finding never rests on the solver alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import z3

from journeys.book import Book
from journeys.book.segments import Band
from journeys.language.conditions import Condition
from journeys.language.domains import domains, relations
from journeys.proofs.finding import Figures, Witness
from journeys.proofs.ordinary import preferred, words_of
from journeys.proofs.spans import Spans, apart, meeting, spans
from regua.predicates import Field, FieldKind, Node, compile_row, fields_used, parse
from regua.predicates.domains import Domain
from regua.predicates.formulas import Formula, Formulas

PAST_PROMISE, TO_PROMISE = "days_past_promise", "days_to_promise"
"""The kernel counts the same days forwards."""

_FALSE = z3.BoolVal(val=False)

RESET = frozenset({"journey", "journey_day", "step_last", "return_journey"})
"""What the kernel sets anew at an entry; all else a customer is before it, a customer is after it."""


@dataclass(frozen=True, slots=True)
class Says:
    """A condition that is to be known to be true, or not.

    ``inside``: as it is answered after the entry, when the position (day, step) is that of the journey entered.
    """

    node: Node
    is_true: bool = True
    inside: bool = False


def yes(condition: Condition | Node, *, inside: bool = False) -> Says:
    """Ask for those of whom a condition is known to be true."""
    return Says(condition.node if isinstance(condition, Condition) else condition, is_true=True, inside=inside)


def no(condition: Condition | Node, *, inside: bool = False) -> Says:
    """Ask for those of whom a condition is not known to be true."""
    return Says(condition.node if isinstance(condition, Condition) else condition, is_true=False, inside=inside)


class Questions:
    """All customers a book can meet: the domains of its fields, what always holds between them, and its segments.

    Parameters
    ----------
    book
        Its fields close what may be asked; its segments are computed, so a band follows from its conditions.
    """

    def __init__(self, book: Book) -> None:
        self.book = book
        self.asked = self.solved = 0
        self._fields: dict[str, Field] = {field.column: field for field in book.fields.values()}
        earlier = {
            band.before: Domain(band.before, FieldKind.TEXT, words=_grades(band)) for band in book.segments.bands
        }
        words = {"journey": [one.name for one in book.journeys], "last_journey_exit": list(book.exits[:-1])}
        known = domains(book.fields, words) | earlier
        self.outside = Formulas(known)
        self.inside = Formulas(known, self.outside.words, " inside", apart=RESET)
        self.later = Formulas(known, self.outside.words, " later")
        self._solver: Any = z3.SimpleSolver()
        self._prepared: set[tuple[str, bool]] = set()
        self._relations = relations(book.fields)
        self._related: set[int] = set()
        self._nodes: dict[str, Node] = {}
        self._spans: dict[tuple[int, bool], tuple[Node, Spans | None]] = {}
        self._formulas: dict[tuple[int, bool, bool], tuple[Node, Formula]] = {}
        self._bands = {band.column: band for band in book.segments.bands}
        self._groups = {group.column: group for group in book.segments.groups}
        self._amounts = {amount.column: amount for amount in book.segments.amounts}

    def node(self, text: str) -> Node:
        """Read a condition over the book's fields."""
        found = self._nodes.get(text)
        if found is None:
            found = self._nodes[text] = parse(text, self.book.fields)
        return found

    def has(self, *names: str) -> bool:
        """Say whether the book knows some fields."""
        return all(name in self.book.fields for name in names)

    def formula(self, says: Says) -> Formula:
        """Return what a condition asks, as a formula."""
        key = (id(says.node), says.inside, says.is_true)
        held = self._formulas.get(key)
        if held is None:
            self._prepare(fields_used(says.node), inside=says.inside)
            known = (self.inside if says.inside else self.outside).known(says.node)
            # The node is kept beside its formula, so that its identity is not given to another.
            held = self._formulas[key] = (says.node, known if says.is_true else z3.Not(known))
        return held[1]

    def later_formula(self, node: Node) -> Formula:
        """Return the formula of a condition at a later time, when every figure may be another."""
        domains_of = [asked for column in fields_used(node) for asked in self.later.within(column)]
        return z3.And(self.later.known(node), *domains_of)

    def lowest(self, condition: Says, column: str) -> float | None:
        """Return the least value of a column that a condition certainly admits, or ``None`` where it sets no bound."""
        found = self._span(condition)
        span = found.get(column) if found else None
        return None if span is None or span.low == -inf else span.low

    def meets(self, conditions: Sequence[Says]) -> bool:
        """Say whether the single columns leave room for a customer; no room is a proof, room is none."""
        if len(conditions) == 2 and all(one.is_true for one in conditions):
            return not apart(self._span(conditions[0]), self._span(conditions[1]))
        return self._room(conditions) is not None

    def possible(self, conditions: Sequence[Says], *formulas: Formula) -> bool:
        """Say whether there is such a customer."""
        return self._solve(conditions, formulas, read=False) is not None

    def ask(self, conditions: Sequence[Says], *formulas: Formula, is_ordinary: bool = True) -> Witness | None:
        """Return a customer of whom all conditions say what is asked, or ``None``: it is proved that none exists.

        An ordinary one takes a question more for each column; for hints any will do.
        """
        model = self._solve(conditions, formulas)
        if model is None:
            return None
        conditions = self._told(conditions)
        if is_ordinary:
            model = self._ordinary(model, conditions, formulas)
        return self.witness(model, conditions)

    def figures(self, conditions: Sequence[Says], *formulas: Formula, columns: Iterable[str]) -> Figures | None:
        """Return such a customer's figures of some columns, without looking for an ordinary one."""
        model = self._solve(conditions, formulas)
        return None if model is None else self.inside.witness(model, columns)

    def witness(self, model: Any, conditions: Sequence[Says]) -> Witness:
        """Read a customer out of a model."""
        figures = self._figures(model, conditions)
        return Witness(figures, words_of(figures, self._fields))

    def agrees(self, figures: Figures, conditions: Sequence[Says]) -> bool:
        """Say whether the closures answer a customer's conditions as asked."""
        return all((compile_row(one.node)(figures) is True) is one.is_true for one in conditions)

    def columns(self, conditions: Iterable[Says]) -> frozenset[str]:
        """Name the columns a question reads, down to those its bands and groups are made from."""
        waiting = [column for one in conditions for column in fields_used(one.node)]
        found: set[str] = set()
        while waiting:
            column = waiting.pop()
            if column not in found:
                found.add(column)
                waiting.extend(self._made_from(column))
        return frozenset(found)

    def _solve(self, conditions: Sequence[Says], formulas: Sequence[Formula], *, read: bool = True) -> Any:
        """Return a model, or only that there is one; ``None`` where there is none."""
        self.asked += 1
        if not self.meets(conditions):
            return None
        asked = [self.formula(one) for one in self._told(conditions)]
        self.solved += 1
        self._solver.push()
        try:
            self._solver.add(*asked, *formulas)
            if self._solver.check() != z3.sat:
                return None
            return self._solver.model() if read else True
        finally:
            self._solver.pop()

    def _room(self, conditions: Iterable[Says]) -> Spans | None:
        return meeting(self._span(one) for one in conditions if one.is_true)

    def _told(self, conditions: Sequence[Says]) -> Sequence[Says]:
        """Leave out what is to be untrue and cannot be true of these customers anyway."""
        room = self._room(conditions)
        return [one for one in conditions if one.is_true or not apart(room, self._span(one))]

    def _ordinary(self, model: Any, conditions: Sequence[Says], formulas: Sequence[Formula]) -> Any:
        """Bring a witness closer to an ordinary customer, column by column, where the question leaves the choice."""
        columns, views = self.columns(conditions), {one.inside for one in conditions}
        self._solver.push()
        try:
            self._solver.add(*(self.formula(one) for one in conditions), *formulas)
            for column in sorted(columns):
                for value in preferred(column):
                    wish = [self._view(column, inside=inside).equals(column, value) for inside in views]
                    self._solver.push()
                    self._solver.add(*wish)
                    granted = self._solver.check() == z3.sat
                    if granted:
                        model = self._solver.model()
                    self._solver.pop()
                    if granted:
                        self._solver.add(*wish)
                        break
        finally:
            self._solver.pop()
        return model

    def _figures(self, model: Any, conditions: Sequence[Says]) -> dict[str, float | int | str | None]:
        inside = any(one.inside for one in conditions)
        return (self.inside if inside else self.outside).witness(model, self.columns(conditions))

    def _view(self, column: str, *, inside: bool) -> Formulas:
        return self.inside if inside and column in RESET else self.outside

    def _span(self, says: Says) -> Spans | None:
        key = (id(says.node), says.inside)
        held = self._spans.get(key)
        if held is None:
            found = spans(says.node)
            if found is not None and says.inside:
                found = {f"{column} inside" if column in RESET else column: span for column, span in found.items()}
            held = self._spans[key] = (says.node, found)
        return held[1]

    def _prepare(self, columns: Iterable[str], *, inside: bool) -> None:
        """Tell the solver once of each column: its domain, how a segment makes it, and what else always holds."""
        for column in columns:
            where = inside and column in RESET
            if (column, where) in self._prepared:
                continue
            self._prepared.add((column, where))
            self._prepare(self._made_from(column), inside=False)
            view = self._view(column, inside=inside)
            self._solver.add(*view.within(column), *self._definition(column))
            for position, (node, speaks_of) in enumerate(self._relations):
                if column in speaks_of and position not in self._related:
                    self._related.add(position)
                    self._prepare(speaks_of, inside=False)
                    self._solver.add(z3.Not(self.outside.known(node, wanted=False)))

    def _made_from(self, column: str) -> frozenset[str]:
        if column == PAST_PROMISE:
            return frozenset({TO_PROMISE})
        if column in self._bands:
            return self._bands[column].reads
        if column in self._groups:
            return self._groups[column].condition.columns
        amount = self._amounts.get(column)
        return frozenset({amount.of, amount.times}) if amount else frozenset()

    def _definition(self, column: str) -> list[Formula]:
        outside = self.outside
        if column in self._bands:
            return self._graded(self._bands[column])
        if column in self._groups:
            truth = outside.known(self._groups[column].condition.node)
            return [z3.Not(outside.null(column)), outside.value(column) == truth]
        if column == PAST_PROMISE:
            nulls = outside.null(column) == outside.null(TO_PROMISE)
            return [nulls, outside.value(column) == -outside.value(TO_PROMISE)]
        amount = self._amounts.get(column)
        if amount is None:
            return []
        # A product of two columns is no linear arithmetic; that it lies between zero and the whole is enough.
        unknown = z3.Or(outside.null(amount.of), outside.null(amount.times))
        return [outside.null(column) == unknown, outside.value(column) <= outside.value(amount.of)]

    def _graded(self, band: Band) -> list[Formula]:
        """Say which grade follows: the one kept from before, else the first that is true, else none."""
        outside, labels = self.outside, _grades(band)
        keeps = [
            _FALSE if kept is None else z3.And(outside.equals(band.before, label), outside.known(kept.node))
            for kept, label in zip(band.keeps, labels, strict=True)
        ]
        kept_any = z3.Or(keeps)
        earlier: list[Formula] = []
        defined: list[Formula] = []
        for condition, label, kept in zip(band.conditions, labels, keeps, strict=True):
            holds = outside.known(condition.node)
            first = z3.And(holds, z3.Not(kept_any), *(z3.Not(one) for one in earlier))
            defined.append(outside.equals(band.column, label) == z3.Or(kept, first))
            earlier.append(holds)
        return [*defined, outside.null(band.column) == z3.Not(z3.Or(kept_any, *earlier))]


def _grades(band: Band) -> tuple[str, ...]:
    return tuple(str(label) for label in band.labels[:-1])
