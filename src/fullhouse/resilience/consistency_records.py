"""Inconsistent records, what became of them, and repairs as the records before and after. Pure."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from fullhouse.kernel.ids import OrgId, derived_id

Outcome = Literal["open", "released", "repaired", "undone", "gone"]


class Records(Struct, frozen=True):
    """Base of the records that a repair reads and writes: each field lists rows with an `id`."""


class Repair(Struct, frozen=True):
    """The records before and after a repair; `is_safe` for one that needs nobody's decision."""

    before: Records
    after: Records
    is_safe: bool = False

    @property
    def changes(self) -> "tuple[RecordChange, ...]":
        return changes_between(self.before, self.after)

    @property
    def fingerprint(self) -> str:
        """Tells one repair from another; counters count by their differences, since others book."""
        parts = [[one.record, one.column, one.difference] for one in self.changes]
        return hashlib.blake2b(msgspec.json.encode(parts), digest_size=4).hexdigest()[:7]

    def to_dict(self) -> dict[str, object]:
        """As it is kept with the inconsistency."""
        return {
            "before": msgspec.to_builtins(self.before),
            "after": msgspec.to_builtins(self.after),
        }


class RecordChange(Struct, frozen=True):
    """A column that a repair changes; a row that is added or removed has no column."""

    record: str
    column: str
    before: object
    after: object

    @property
    def difference(self) -> object:
        if isinstance(self.before, int) and isinstance(self.after, int):
            return self.after - self.before
        return [self.before, self.after]


class Inconsistency(Struct, frozen=True):
    """A record that breaks a rule, or did."""

    org_id: OrgId
    inconsistency_id: UUID
    rule: str
    subject: str
    message: str
    found_at: datetime
    outcome: Outcome
    ended_at: datetime | None
    reason: str
    repair: object

    @property
    def key(self) -> tuple[UUID, str, str]:
        return self.org_id, self.rule, self.subject

    @property
    def event_subject(self) -> UUID:
        return event_subject(self.subject)


def event_subject(subject: str) -> UUID:
    """What events about a record are about: its id, or for what has none one that is derived."""
    try:
        return UUID(subject)
    except ValueError:
        return derived_id("inconsistency", subject)


def changes_between(before: Records, after: Records) -> tuple[RecordChange, ...]:
    """The columns that differ, and the rows that were added or removed."""
    old, new = _rows(before), _rows(after)
    found: list[RecordChange] = []
    for record in dict.fromkeys((*old, *new)):
        was, becomes = old.get(record), new.get(record)
        if was is None or becomes is None:
            found.append(RecordChange(record, "", was, becomes))
            continue
        found += [
            RecordChange(record, column, was[column], becomes[column])
            for column in was
            if was[column] != becomes[column]
        ]
    return tuple(found)


def _rows(records: Records) -> Mapping[str, Mapping[str, object]]:
    tables: dict[str, list[dict[str, object]]] = msgspec.to_builtins(records)
    return {
        f"{table} {row['id']}": {name: value for name, value in row.items() if name != "id"}
        for table, rows in tables.items()
        for row in rows
    }
