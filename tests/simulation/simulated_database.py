"""The tables of messages and jobs in memory, of a database that may be away or lost.

Only the SQL is simulated: units of work, stores and queue are the product's own. What a statement
does here is held to what it does in PostgreSQL by `test_simulated_statements.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct
from tests.simulation.virtual_loop import Simulation
from typing_extensions import override

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.limits import SMS_PER_DAY_DEFAULT
from fullhouse.messages.model import Message
from fullhouse.storage.database import Database, Session
from fullhouse.storage.errors import DatabaseUnavailable, OutcomeUnknown

T = TypeVar("T")
Values = Mapping[str, object]
Rows = Sequence[Mapping[str, object]]
Changed = tuple[int, Rows]


class EffectRow(Struct, frozen=True):
    """A row of `effect`."""

    org_id: OrgId
    key: str
    kind: str
    subject: UUID
    payload: object
    correlation_id: UUID
    status: str
    due_at: datetime
    attempts: int = 0
    attempts_forgiven: int = 0


class ChannelRow(Struct, frozen=True):
    """The row of `message_channel` of the one business."""

    org_id: OrgId
    channel: str
    acknowledge_minutes: int
    url: str = "https://hook.make.example"
    key: bytes | None = None
    is_enabled: bool = True
    kinds: tuple[str, ...] = ()
    failing_since: datetime | None = None
    failure: str = ""
    test_id: UUID | None = None
    test_acknowledged_at: datetime | None = None
    version: int = 1
    sms_per_day_max: int = SMS_PER_DAY_DEFAULT


@dataclass(slots=True)
class Tables:
    """All rows, and the statements on them. One transaction at a time; time is the database's."""

    clock: Clock
    messages: dict[UUID, Message] = field(default_factory=dict)
    effects: dict[str, EffectRow] = field(default_factory=dict)
    channel: ChannelRow | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def saved(self) -> Callable[[], None]:
        """A way back to the rows of now."""
        messages, effects, channel = dict(self.messages), dict(self.effects), self.channel

        def restore() -> None:
            self.messages, self.effects, self.channel = messages, effects, channel

        return restore

    def run(self, query: str, values: Values) -> Changed:
        """The number of rows that changed, and the rows that are returned."""
        part, _, name = query.partition(".")
        if part == "storage" or query in {"jobs.serialise_leasing", "people.lock_owners"}:
            return 0, ()
        if query in {"jobs.enqueue", "jobs.bring_forward"}:
            self.changed.set()
        found: Changed = getattr(self, f"_{name}")(values)
        return found

    def _open_channel(self, _values: Values) -> Changed:
        channel = self.channel
        if channel is None:
            return 0, ()
        names = ("org_id", "channel", "url", "key", "acknowledge_minutes", "failing_since")
        return 1, [{name: getattr(channel, name) for name in (*names, "test_id")}]

    def _lock_channel(self, _values: Values) -> Changed:
        channel = self.channel
        assert channel is not None
        row = msgspec.structs.asdict(channel)
        return 1, [
            {
                name: row[name]
                for name in row
                if name not in {"failure", "test_id", "test_acknowledged_at"}
            }
        ]

    def _record_channel_health(self, values: Values) -> Changed:
        return self._set_channel(failing_since=values["failing_since"])

    def _note_channel_failure(self, values: Values) -> Changed:
        return self._set_channel(failure=values["failure"])

    def _set_channel(self, **changes: object) -> Changed:
        assert self.channel is not None
        self.channel = msgspec.structs.replace(self.channel, **changes)
        return 1, ()

    def _change(self, values: Values, statuses: Sequence[str], **changes: object) -> Changed:
        message = self.messages.get(_uuid(values["message_id"]))
        if message is None or message.status not in statuses:
            return 0, ()
        self.messages[message.message_id] = msgspec.structs.replace(message, **changes)
        return 1, ()

    def _hand_over_message(self, values: Values) -> Changed:
        sent_at = values["at"] if values["status"] == "sent" else None
        return self._change(
            values,
            ["due"],
            status=values["status"],
            route=values["route"],
            last_error="",
            sent_at=sent_at,
        )

    def _claim_handed_over(self, values: Values) -> Changed:
        message = self.messages[_uuid(values["message_id"])]
        statuses = ["handed_over", "due"] if message.route == "smtp" else ["handed_over"]
        return self._change(values, statuses, status="due", route="smtp")

    def _note_message_failure(self, values: Values) -> Changed:
        return self._change(values, ["due"], last_error=values["error"], route="")

    def _leave_to_mail_server(self, values: Values) -> Changed:
        return self._change(values, ["due"], route="smtp")

    def _begin_hand_over(self, values: Values) -> Changed:
        message = self.messages[_uuid(values["message_id"])]
        return (0, ()) if message.route else self._change(values, ["due"], route="make")

    def _mark_failed(self, values: Values) -> Changed:
        error = {"last_error": values["error"]} if values["error"] else {}
        return self._change(values, ["due"], status="failed", **error)

    def _record_outcomes(self, values: Values) -> Changed:
        ids, statuses = _list(values["message_ids"]), _list(values["statuses"])
        changed = 0
        for message_id, status, at, error in zip(
            ids, statuses, _list(values["ats"]), _list(values["errors"]), strict=True
        ):
            message = self.messages[_uuid(message_id)]
            route = "smtp" if status == "sent" else message.route
            changed += self._change(
                {"message_id": message_id},
                ["due", "failed"],
                status=status,
                last_error=error,
                sent_at=at if status in {"sent", "stored"} else None,
                route=route,
            )[0]
        return changed, ()

    def _acknowledge_message(self, values: Values) -> Changed:
        message = self.messages.get(_uuid(values["message_id"]))
        if message is None:
            return 0, ()
        is_delivered = bool(values["is_delivered"])
        arrives = is_delivered and message.status in {"due", "handed_over", "failed"}
        is_left = message.status == "handed_over" and not is_delivered
        status = "due" if is_left else message.status
        route = message.route or ("make" if is_delivered else "")
        acknowledged_at = message.acknowledged_at
        row = msgspec.structs.replace(
            message,
            status="sent" if arrives else status,
            sent_at=values["at"] if arrives else message.sent_at,
            route="smtp" if is_left else route,
            acknowledged_at=(acknowledged_at or values["at"]) if is_delivered else acknowledged_at,
            last_error=message.last_error if is_delivered else values["detail"],
        )
        self.messages[message.message_id] = row
        names = ("event_seq", "retries", "status", "route")
        return 1, [{name: getattr(row, name) for name in names}]

    def _acknowledge_channel_test(self, values: Values) -> Changed:
        if self.channel is None or self.channel.test_id != values["test_id"]:
            return 0, ()
        return self._set_channel(test_acknowledged_at=values["at"])

    def _enqueue(self, values: Values) -> Changed:
        names = ("org_ids", "keys", "kinds", "subjects", "payloads", "correlation_ids", "due")
        added = 0
        for org_id, key, kind, subject, payload, correlation_id, due_at in zip(
            *(_list(values[name]) for name in names), strict=True
        ):
            if str(key) in self.effects:
                continue
            added += 1
            self.effects[str(key)] = msgspec.convert(
                {
                    "org_id": org_id,
                    "key": key,
                    "kind": kind,
                    "subject": subject,
                    "payload": msgspec.to_builtins(payload),
                    "correlation_id": correlation_id,
                    "status": "due",
                    "due_at": due_at or self.clock.now(),
                },
                EffectRow,
            )
        return added, [{"added": added}]

    def _bring_forward(self, values: Values) -> Changed:
        row = self.effects.get(str(values["key"]))
        if row is None or row.status != "due" or row.due_at <= self.clock.now():
            return 0, ()
        self.effects[row.key] = msgspec.structs.replace(row, due_at=self.clock.now())
        return 1, ()

    def _lease(self, values: Values) -> Changed:
        now, room = self.clock.now(), int(str(values["room"]))
        leases = dict(zip(_list(values["kinds"]), _list(values["leases"]), strict=True))
        due = [
            row
            for row in self.effects.values()
            if row.kind in leases and row.status in {"due", "leased"} and row.due_at <= now
        ]
        leased = []
        for row in sorted(due, key=lambda one: one.due_at)[:room]:
            lease = leases[row.kind]
            assert isinstance(lease, timedelta)
            taken = msgspec.structs.replace(
                row, status="leased", attempts=row.attempts + 1, due_at=now + lease
            )
            self.effects[row.key] = taken
            names = ("org_id", "key", "kind", "subject", "payload", "correlation_id")
            tries = taken.attempts - taken.attempts_forgiven
            shown: dict[str, object] = {name: getattr(taken, name) for name in names}
            leased.append({**shown, "attempt": taken.attempts, "tries": tries})
        return len(leased), leased

    def _held_row(self, key: object, attempt: object) -> EffectRow | None:
        row = self.effects[str(key)]
        return row if row.status == "leased" and row.attempts == attempt else None

    def _complete(self, values: Values) -> Changed:
        names = ("org_ids", "keys", "attempts")
        done = []
        for org_id, key, attempt in zip(*(_list(values[name]) for name in names), strict=True):
            if (row := self._held_row(key, attempt)) is not None:
                self.effects[row.key] = msgspec.structs.replace(row, status="completed")
                done.append({"org_id": org_id, "key": key, "attempt": attempt})
        return len(done), done

    def _record_failure(self, values: Values) -> Changed:
        return self._release(values, forgiven=0)

    def _postpone(self, values: Values) -> Changed:
        return self._release(values, forgiven=1)

    def _release(self, values: Values, *, forgiven: int) -> Changed:
        row, delay = self._held_row(values["key"], values["attempt"]), values["delay"]
        if row is None:
            return 0, ()
        is_dead = not isinstance(delay, timedelta)
        self.effects[row.key] = msgspec.structs.replace(
            row,
            status="dead" if is_dead else "due",
            due_at=self.clock.now() + (delay if isinstance(delay, timedelta) else timedelta(0)),
            attempts_forgiven=row.attempts_forgiven + forgiven,
        )
        return 1, ()


class SimulatedSession(Session):
    """Runs statements on the tables, each after a moment."""

    def __init__(self, database: "SimulatedDatabase") -> None:
        self._database = database

    @override
    async def fetch(self, query: str, row: type[T], /, **values: object) -> list[T]:
        _, rows = await self._database.run(query, values)
        return [row(**one) for one in rows]

    @override
    async def fetch_one(self, query: str, row: type[T], /, **values: object) -> T | None:
        return next(iter(await self.fetch(query, row, **values)), None)

    @override
    async def fetch_value(self, query: str, kind: type[T], /, **values: object) -> T | None:
        _, rows = await self._database.run(query, values)
        value = next(iter(rows[0].values())) if rows else None
        assert value is None or isinstance(value, kind)
        return value

    @override
    async def execute(self, query: str, /, **values: object) -> int:
        return (await self._database.run(query, values))[0]


class SimulatedDatabase(Database):
    """The database as one process reaches it: a dead one not at all, others as `weather` is."""

    def __init__(self, simulation: Simulation, tables: Tables, weather: Callable[[], str]) -> None:
        self._simulation = simulation
        self.tables = tables
        self._weather = weather
        self.is_dead = False
        self.unrestricted = self

    @override
    def session(
        self, *, deadline_seconds: float | None = None
    ) -> AbstractAsyncContextManager[Session]:
        return self._open(is_transaction=False)

    @override
    def transaction(
        self, *, deadline_seconds: float | None = None
    ) -> AbstractAsyncContextManager[Session]:
        return self._open(is_transaction=True)

    async def run(self, query: str, values: Values) -> Changed:
        await self._reach()
        return self.tables.run(query, values)

    @asynccontextmanager
    async def _open(self, *, is_transaction: bool) -> AsyncIterator[Session]:
        await self._reach()
        async with self.tables.lock:
            restore = self.tables.saved() if is_transaction else None
            try:
                yield SimulatedSession(self)
                if is_transaction:
                    await self._reach()
            except BaseException:
                if restore is not None:
                    restore()
                raise
            if is_transaction and self._weather() == "shaky" and self._simulation.happens(0.15):
                if restore is not None and self._simulation.happens(0.5):
                    restore()
                raise OutcomeUnknown

    async def _reach(self) -> None:
        await self._simulation.passes(0.0005, 0.01)
        if self.is_dead or self._weather() == "away":
            raise DatabaseUnavailable


def _uuid(value: object) -> UUID:
    assert isinstance(value, UUID)
    return value


def _list(values: object) -> list[object]:
    assert isinstance(values, list)
    return values
