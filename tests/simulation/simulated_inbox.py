"""The tables of received webhooks in memory, beside those of the queue.

What a statement does here is held to what it does in PostgreSQL by `test_simulated_inbox.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct
from tests.simulation.simulated_database import Changed, Tables, Values
from typing_extensions import override

from fullhouse.kernel.ids import OrgId
from fullhouse.resilience.inbox import WebhookStatus


class ReceivedRow(Struct, frozen=True):
    """A row of `received_webhook`."""

    org_id: OrgId
    webhook_id: UUID
    provider: str
    event_id: str
    body: bytes
    received_at: datetime
    status: WebhookStatus = "waiting"
    ended_at: datetime | None = None
    replays: int = 0


@dataclass(slots=True)
class InboxTables(Tables):
    """Also the secrets of the one provider, and a table of the handler's: what it has done."""

    received: dict[UUID, ReceivedRow] = field(default_factory=dict)
    secret: bytes = b""
    previous_secret: bytes | None = None
    previous_until: datetime | None = None
    handled: tuple[str, ...] = ()

    @override
    def saved(self) -> Callable[[], None]:
        restore_others = Tables.saved(self)
        received, handled = dict(self.received), self.handled

        def restore() -> None:
            restore_others()
            self.received, self.handled = received, handled

        return restore

    def _webhook_source_secrets(self, values: Values) -> Changed:
        if not self.secret:
            return 0, ()
        until, at = self.previous_until, values["at"]
        assert isinstance(at, datetime)
        previous = self.previous_secret if until is not None and until > at else None
        return 1, [{"secret": self.secret, "previous_secret": previous}]

    def _set_webhook_source(self, values: Values) -> Changed:
        if self.secret:
            self.previous_secret = self.secret
            self.previous_until = msgspec.convert(values["previous_until"], datetime)
        self.secret = msgspec.convert(values["secret"], bytes)
        return 1, ()

    def _remove_webhook_source(self, _values: Values) -> Changed:
        was_there, self.secret = bool(self.secret), b""
        return int(was_there), ()

    def _prune_webhooks(self, values: Values) -> Changed:
        age, rows_max = values["age"], values["rows_max"]
        assert isinstance(age, timedelta)
        assert isinstance(rows_max, int)
        before = self.clock.now() - age
        old = [key for key, row in self.received.items() if row.received_at < before][:rows_max]
        for key in old:
            del self.received[key]
        return len(old), ()

    def _store_webhook(self, values: Values) -> Changed:
        for row in self.received.values():
            if (row.provider, row.event_id) == (values["provider"], values["event_id"]):
                return 0, ()
        names = ("org_id", "webhook_id", "provider", "event_id", "body")
        row = msgspec.convert(
            {**{name: values[name] for name in names}, "received_at": values["at"]}, ReceivedRow
        )
        self.received[row.webhook_id] = row
        return 1, ()

    def _at_replay(self, values: Values) -> ReceivedRow | None:
        row = self.received.get(UUID(str(values["webhook_id"])))
        return row if row is not None and row.replays == values["replay"] else None

    def _webhook_to_process(self, values: Values) -> Changed:
        row = self._at_replay(values)
        if row is None or row.status not in {"waiting", "failed"}:
            return 0, ()
        names = ("org_id", "webhook_id", "provider", "event_id", "body", "received_at")
        return 1, [{name: getattr(row, name) for name in names}]

    def _end_webhook(self, values: Values) -> Changed:
        row = self._at_replay(values)
        if row is None:
            return 0, ()
        self.received[row.webhook_id] = msgspec.structs.replace(
            row, status=values["status"], ended_at=values["at"]
        )
        return 1, ()

    def _replay_webhooks(self, values: Values) -> Changed:
        ids = values["webhook_ids"]
        assert isinstance(ids, list)
        rows = [self.received[one] for one in ids if one in self.received]
        replayed = [
            msgspec.structs.replace(row, status="waiting", ended_at=None, replays=row.replays + 1)
            for row in rows
        ]
        self.received.update((row.webhook_id, row) for row in replayed)
        names = ("webhook_id", "provider", "replays")
        return len(rows), [{name: getattr(row, name) for name in names} for row in replayed]

    def _replace_dead_letter(self, values: Values) -> Changed:
        row = self.effects.get(str(values["key"]))
        if row is None or row.status != "dead":
            return 0, ()
        self.effects[row.key] = msgspec.structs.replace(row, status="discarded")
        return 1, ()

    def _note_handled(self, values: Values) -> Changed:
        self.handled += (str(values["event_id"]),)
        return 1, ()
