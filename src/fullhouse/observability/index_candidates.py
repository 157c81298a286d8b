"""The indexes that a plan could use: from its conditions, its joins and its order. Pure.

Columns that are compared for equality come first, then one that is compared otherwise or the order
that is asked for. What is compared with a constant that few rows have becomes the predicate of a
partial index.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from math import inf
from typing import Final

from msgspec import Struct, structs

from fullhouse.observability.limits import (
    INDEX_COLUMNS_MAX,
    INDEX_COST_MIN,
    INDEX_ORDER_SHARE_MAX,
    INDEX_PREDICATE_SHARE_MAX,
    INDEX_ROWS_FEW,
    INDEX_ROWS_MIN,
    INDEX_VALUES_MIN,
)
from fullhouse.observability.plan_conditions import ConditionTerm, terms_of
from fullhouse.observability.query_plans import PlanNode
from fullhouse.observability.table_facts import TableFacts

_ROW_COST: Final = 0.02
_DESCENT_PAGES: Final = 2.0
_OF_SEVERAL_COLUMNS: Final = 0.75
_PASSING: Final = frozenset(
    {"Hash", "Materialize", "Memoize", "Gather", "Gather Merge", "LockRows"}
)
_SCANS: Final = frozenset({"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"})


class IndexCandidate(Struct, frozen=True, order=True):
    """An index that there could be; `equals` of its first columns are compared for equality."""

    table: str
    columns: tuple[str, ...]
    predicate: str = ""
    equals: int = 0

    def serves(self, other: "IndexCandidate") -> bool:
        """Whether it does what the other would."""
        return (
            self.table == other.table
            and self.predicate == other.predicate
            and leads(self.columns, other)
        )


class Opportunity(Struct, frozen=True):
    """A statement that an index would help: the cost of its plan now, and estimated with it."""

    query: str
    candidate: IndexCandidate
    cost_before: float
    cost_after: float


class _Place(Struct, frozen=True):
    """Where a scan stands: how often it runs, and what is above that an index would spare.

    All its runs cost the plan at most `budget`: what ends early costs less than its whole.
    """

    runs: float = 1.0
    budget: float = inf
    sort: PlanNode | None = None
    kept_share: float = 1.0
    join: PlanNode | None = None
    above: "_Place | None" = None
    other: PlanNode | None = None

    def times(self, node: PlanNode) -> float:
        """How often the plan pays the whole cost of a node here."""
        return min(self.runs, self.budget / max(node.cost, 1.0))


def leads(columns: Sequence[str], candidate: IndexCandidate) -> bool:
    """Whether an index begins with the candidate's columns, its equal ones in any order."""
    equals, count = candidate.equals, len(candidate.columns)
    return (
        len(columns) >= count
        and set(columns[:equals]) == set(candidate.columns[:equals])
        and tuple(columns[equals:count]) == candidate.columns[equals:]
    )


def opportunities(
    query: str, plan: PlanNode, tables: Mapping[str, TableFacts], *, page_cost: float
) -> Sequence[Opportunity]:
    """What indexes could do for a statement; nothing for one that is cheap already.

    `page_cost` is what the server reckons for a page that is read out of order.
    """
    if plan.cost < INDEX_COST_MIN:
        return ()
    found: dict[IndexCandidate, float] = {}
    for scan, place in _scans(plan, _Place()):
        table = tables.get(scan.relation)
        if table is None or table.rows < INDEX_ROWS_MIN:
            continue
        for candidate, cost in _Scan(plan, scan, place, table, page_cost).candidates():
            found[candidate] = min(cost, found.get(candidate, cost))
    return [Opportunity(query, one, plan.cost, max(cost, 0.0)) for one, cost in found.items()]


def _scans(node: PlanNode, place: _Place) -> Iterator[tuple[PlanNode, _Place]]:
    if node.kind in _SCANS:
        yield node, place
    for number, child in enumerate(node.plans):
        yield from _scans(child, _place_below(node, number, place))


def _place_below(node: PlanNode, number: int, place: _Place) -> _Place:
    child = node.plans[number]
    is_inner = node.kind == "Nested Loop" and number == 1
    if child.relationship == "SubPlan":
        loops = max(node.rows, 1.0)
    else:
        loops = max(node.plans[0].rows, 1.0) if is_inner else 1.0
    runs = place.runs * loops
    budget = min(place.budget, child.cost * runs)
    if node.kind in {"Sort", "Incremental Sort"}:
        return structs.replace(place, runs=runs, budget=budget, sort=node)
    if node.kind == "Limit":
        share = min(node.rows / max(child.rows, 1.0), 1.0)
        return structs.replace(place, runs=runs, budget=budget, kept_share=share)
    if node.kind in _PASSING:
        return structs.replace(place, runs=runs, budget=budget)
    if child.relationship not in {"Outer", "Inner"} or len(node.plans) == 1:
        return _Place(runs, budget)
    # A nested loop keeps the order of its outer side, and ends with it
    kept = place.kept_share if node.kind == "Nested Loop" and number == 0 else 1.0
    other = node.plans[1 - number]
    return _Place(runs, budget, kept_share=kept, join=node, above=place, other=other)


class _Found(Struct, frozen=True):
    """What an index of some columns finds: rows, in the order of the last of them."""

    rows: float
    columns: tuple[str, ...]
    order: tuple[str, ...]


class _Scan(Struct, frozen=True):
    """One scan of a large table in a plan."""

    plan: PlanNode
    scan: PlanNode
    place: _Place
    table: TableFacts
    page_cost: float

    def candidates(self) -> Iterator[tuple[IndexCandidate, float]]:
        """Each with the cost that the whole plan would have."""
        own = self._terms(self.scan.own_conditions, is_own=True)
        for tail in self._tails(own):
            yield from self._made(own, tail)
        joined = self._terms(self.place.join.join_conditions) if self.place.join else ()
        if joined:
            yield from self._made([*own, *joined], (), is_joined=True)

    def _terms(self, conditions: Sequence[str], *, is_own: bool = False) -> list[ConditionTerm]:
        aliases = {self.scan.alias, ""} if is_own else {self.scan.alias}
        return [
            term
            for condition in conditions
            for term in terms_of(condition)
            if term.alias in aliases and term.column in self.table.columns
        ]

    def _tails(self, own: Sequence[ConditionTerm]) -> Sequence[tuple[str, ...]]:
        """What may follow the columns that are compared for equality."""
        ranges = tuple(dict.fromkeys(term.column for term in own if term.kind == "range"))[:1]
        ordered = self._order()
        if ordered and (not ranges or ranges[0] == ordered[0]):
            return (ordered, ranges) if ranges else (ordered, ())
        return (ranges,)

    def _order(self) -> tuple[str, ...]:
        """The first columns that the sort above asks for, of this table and in one direction."""
        if self.place.sort is None:
            return ()
        columns: list[str] = []
        keys = self.place.sort.sort_keys
        for key in keys:
            column = key.removeprefix(f"{self.scan.alias}.").removesuffix(" DESC")
            is_other_way = key.endswith(" DESC") != keys[0].endswith(" DESC")
            if is_other_way or column not in self.table.columns:
                break
            columns.append(column)
        return tuple(columns)

    def _made(
        self, terms: Sequence[ConditionTerm], tail: tuple[str, ...], *, is_joined: bool = False
    ) -> Iterator[tuple[IndexCandidate, float]]:
        rare, used = self._rare(terms), self._equal_terms(terms)
        chosen = self._enough([*rare, *used])
        rare, used = (
            [term for term in rare if term in chosen],
            [term for term in used if term in chosen],
        )
        equals = [name for name in self.table.columns if name in {term.column for term in used}]
        is_few = self._matched(chosen) <= INDEX_ROWS_FEW
        rest = () if is_few else tuple(column for column in tail if column not in equals)
        columns = (*equals, *rest)[:INDEX_COLUMNS_MAX]
        is_order_alone = not (chosen or is_joined) and rest == self._order()
        if is_order_alone and self.place.kept_share > INDEX_ORDER_SHARE_MAX:
            return
        if not columns and rare:
            columns = tuple(self.table.columns)[:1]
        predicate = " AND ".join(dict.fromkeys(f"({term.text})" for term in rare))
        candidate = IndexCandidate(self.table.name, columns, predicate, len(equals))
        constants = {term.text for term in terms if term.kind == "constant"}
        if columns and not self._is_there(candidate, constants):
            ranges = [term for term in terms if term.kind == "range" and term.column in rest[:1]]
            found = _Found(self._matched([*chosen, *ranges[:1]]), columns, rest)
            yield candidate, self._cost_with(found, is_joined=is_joined)

    def _rare(self, terms: Sequence[ConditionTerm]) -> Sequence[ConditionTerm]:
        """What few rows meet whatever the parameters are, the rarest first."""
        constants = [term for term in terms if term.kind == "constant"]
        rare = [term for term in constants if self.table.share(term) <= INDEX_PREDICATE_SHARE_MAX]
        return sorted(rare, key=self.table.share)

    def _equal_terms(self, terms: Sequence[ConditionTerm]) -> Sequence[ConditionTerm]:
        """Those with values enough to tell rows apart: the key's first column, then by values."""
        first = next(iter(self.table.columns))
        by_column = {term.column: term for term in terms if term.kind == "equal"}
        useful = [
            (name != first, -facts.distinct, name)
            for name in by_column
            if (facts := self.table.columns[name]) is not None
            and (facts.distinct >= INDEX_VALUES_MIN or name == first)
        ]
        return [by_column[name] for _, _, name in sorted(useful)]

    def _enough(self, terms: Sequence[ConditionTerm]) -> Sequence[ConditionTerm]:
        """The first of them that leave few rows; all if they do not."""
        for count in range(len(terms)):
            if self._matched(terms[:count]) <= INDEX_ROWS_FEW:
                return terms[:count]
        return terms

    def _is_there(self, candidate: IndexCandidate, constants: AbstractSet[str]) -> bool:
        """Whether an index with the rows asked for begins alike, or tells all of them apart."""
        equals = set(candidate.columns[: candidate.equals])
        wanted = {term.text for term in terms_of(candidate.predicate)}
        used = {node.index for node in self.scan.nodes()}
        for index in self.table.indexes:
            held = {term.text for term in terms_of(index.predicate)}
            is_used = index.name in used  # then a plan does not repeat its predicate
            if index.predicate and not held and not is_used:
                continue
            if (is_used or held <= constants) and (
                (leads(index.columns, candidate) and wanted <= held)
                or (index.is_unique and equals >= set(index.columns))
            ):
                return True
        return False

    def _matched(self, terms: Sequence[ConditionTerm]) -> float:
        """How many rows an index finds."""
        share = 1.0
        for term in {(term.column, term.text): term for term in terms}.values():
            share *= self.table.share(term)
        return max(self.table.rows * share, 1.0)

    def _cost_with(self, found: "_Found", *, is_joined: bool) -> float:
        """The cost of the whole plan with the index; the arithmetic of the planner, shortened."""
        place, rest = self.place, found.order
        if is_joined:
            join, other = place.join, place.other
            assert join is not None
            assert other is not None
            probes = max(other.rows, 1.0)
            spared = join.cost - other.cost - probes * self._read_cost(found)
            assert place.above is not None
            return self.plan.cost - place.above.times(join) * spared
        if place.sort is not None and rest and rest == self._order()[: len(rest)]:
            top, kept_share = place.sort, place.kept_share
        else:
            top, kept_share = self.scan, 1.0
        # Subqueries in a condition are run by whichever scan has it
        own_cost = top.cost - sum(one.cost for one in self.scan.plans if one.is_subquery)
        spared = own_cost - self._read_cost(found, share=kept_share)
        return self.plan.cost - place.times(top) * spared

    def _read_cost(self, found: "_Found", *, share: float = 1.0) -> float:
        """Of reading a share of what an index finds: PostgreSQL's `cost_index`, shortened.

        As there, an index of several columns is taken to lie as the first of them does.
        """
        rows, all_pages = found.rows * share, self.table.pages
        facts = self.table.columns[found.columns[0]]
        correlation = 0.0 if facts is None else facts.correlation
        if len(found.columns) > 1:
            correlation *= _OF_SEVERAL_COLUMNS
        apart = min(2 * all_pages * rows / max(2 * all_pages + rows, 1.0), all_pages)
        together = rows / max(self.table.rows, 1.0) * all_pages
        pages = apart + correlation**2 * (min(together, apart) - apart)
        return (_DESCENT_PAGES + pages + rows / 100) * self.page_cost + rows * _ROW_COST
