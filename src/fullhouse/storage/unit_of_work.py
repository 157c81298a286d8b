"""Unit of work: one transaction with its events, notifications and idempotent answer.

For every change that is not the ledger's. Actions get a `UnitOfWork` and record events; the clean
exit writes the events, notifies the topics that follow from their types, and keeps the answer under
the client's idempotency key. A repeated key raises `AlreadyAnswered` before any work.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import SYSTEM, RequestContext
from fullhouse.kernel.errors import IdempotencyKeyReused
from fullhouse.kernel.events import Event
from fullhouse.kernel.ids import Ids, OrgId, client_key
from fullhouse.storage.database import Database, Session


class AlreadyAnswered(Exception):
    """The request with this key was answered before; `answer` is what `UnitOfWork.answer` held."""

    def __init__(self, answer: str) -> None:
        super().__init__("The request was answered before.")
        self.answer = answer


@dataclass(slots=True)
class UnitOfWork:
    """What an action works with, from the first statement to the commit."""

    session: Session
    context: RequestContext
    org_id: OrgId
    now: datetime
    answer: str = ""
    """Kept for a repeat of the request, when the client sent an idempotency key."""
    topics: list[str] = field(default_factory=list)
    """What caches must look at again, set when the events are written."""
    _events: list[tuple[UUID, Event]] = field(default_factory=list)

    def record(self, subject: UUID, event: Event) -> None:
        """Write `event` about `subject` with this change; relayed in the order of recording."""
        self._events.append((subject, event))

    @asynccontextmanager
    async def taken_back(self) -> AsyncIterator[None]:
        """Whatever is done and recorded inside is undone at its end: for previews."""
        recorded = len(self._events)
        try:
            async with self.session.rolled_back():
                yield
        finally:
            del self._events[recorded:]

    async def write_events(self) -> None:
        """Append what was recorded and notify its topics; `UnitOfWorkFactory` calls this."""
        if not self._events:
            return
        events = [event for _, event in self._events]
        self.topics = sorted({t for event in events for t in event.topics(self.org_id)})
        await self.session.execute(
            "storage.append_events",
            org_id=self.org_id,
            kinds=[event.kind() for event in events],
            subjects=[subject for subject, _ in self._events],
            data=[msgspec.to_builtins(event, str_keys=True) for event in events],
            actor=self.context.actor,
            correlation_id=self.context.correlation_id,
            at=self.now,
            topics=self.topics,
        )


def ignore_topics(_topics: str) -> None:
    """For programs without caches."""


class _StoredAnswer(msgspec.Struct, frozen=True):
    fingerprint: UUID
    outcome: str


@dataclass(frozen=True, slots=True)
class UnitOfWorkFactory:
    """Opens units of work on the database."""

    database: Database
    clock: Clock
    ids: Ids
    on_commit: Callable[[str], None] = ignore_topics
    """Given the topics as a notification has them, once they are committed.

    The caches of this process know of a change before its context gets the answer; the caches of
    other processes hear the notification a moment later.
    """

    @asynccontextmanager
    async def __call__(
        self, context: RequestContext, org_id: OrgId, *, fingerprint: UUID | None = None
    ) -> AsyncIterator[UnitOfWork]:
        """A transaction that commits on a clean exit.

        With a `fingerprint` of the request and a key in `context` the request is idempotent: raises
        `AlreadyAnswered` for a repeat, and `IdempotencyKeyReused` when the key came with another
        request. Two that send one key at once are answered one after the other.
        """
        async with self.database.transaction() as session:
            uow = UnitOfWork(session, context, org_id, self.clock.now())
            key = None
            if context.idempotency_key is not None and fingerprint is not None:
                key = client_key(org_id, context.requester, context.idempotency_key)
                await self._claim(uow, key, fingerprint)
            yield uow
            await uow.write_events()
            if key is not None:
                await session.execute(
                    "storage.store_answer", org_id=org_id, key=key, outcome=uow.answer
                )
        if uow.topics:
            self.on_commit(msgspec.json.encode(uow.topics).decode())

    def by_system(self, org_id: OrgId) -> AbstractAsyncContextManager[UnitOfWork]:
        """That of a job which nobody has asked for."""
        return self(RequestContext(SYSTEM, self.ids.uuid()), org_id)

    async def _claim(self, uow: UnitOfWork, key: UUID, fingerprint: UUID) -> None:
        claimed = await uow.session.execute(
            "storage.claim_idempotency_key",
            org_id=uow.org_id,
            key=key,
            fingerprint=fingerprint,
            command_id=self.ids.uuid(),
            at=uow.now,
        )
        if claimed:
            return
        stored = await uow.session.fetch_one(
            "storage.idempotent_answer", _StoredAnswer, org_id=uow.org_id, key=key
        )
        if stored is None or stored.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        raise AlreadyAnswered(stored.outcome)
