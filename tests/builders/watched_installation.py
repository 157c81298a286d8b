"""An installation that is watched: its signals are set, and what people are told is read."""

import json
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_network

from tests.builders.mail_server import Postmaster
from tests.builders.webhook_receiver import Receiver

from fullhouse.integrations.alert_channels import Heartbeat
from fullhouse.integrations.http_client import HttpClient
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.ids import RandomIds
from fullhouse.observability import alerts
from fullhouse.observability.alert_watch import (
    AlertChannel,
    AlertWatch,
    EscalationStep,
    say_nothing,
)
from fullhouse.observability.alerts import Alert
from fullhouse.observability.limits import ALERT_LEASE_SECONDS
from fullhouse.observability.signals import Signals
from fullhouse.storage.database import Database


class Watched:
    """An installation whose signals the test sets, and what people were told."""

    def __init__(self, database: Database, clock: ManualClock, ids: RandomIds) -> None:
        self.database, self.clock, self.ids = database, clock, ids
        self.signals, self.is_away = Signals(), False
        self.receiver, self.post = Receiver(), Postmaster()
        self.http = HttpClient(clock, (ip_network("127.0.0.0/8"),))
        self.channels: Sequence[AlertChannel] = ()
        self.steps: Sequence[EscalationStep] = ()
        self.published: Sequence[Alert] = ()

    def watch(self, *, heartbeat: str = "") -> AlertWatch:
        async def read() -> Signals:
            return self.signals

        return AlertWatch(
            self.database,
            self.clock,
            self.ids,
            read,
            self.channels,
            lambda: self.is_away,
            steps=self.steps,
            beat=Heartbeat(self.http, heartbeat) if heartbeat else say_nothing,
            publish=self._publish,
        )

    def _publish(self, firing: Sequence[Alert]) -> None:
        self.published = firing

    def told(self) -> list[str]:
        """The subjects of the messages since the last call."""
        bodies = [json.loads(one.body) for one in self.receiver.received]
        self.receiver.received.clear()
        return [body["data"]["subject"] for body in bodies]

    async def pass_time(self, watch: AlertWatch, minutes: float) -> None:
        self.clock.advance(timedelta(minutes=minutes))
        await watch.look()

    async def stored(self) -> Sequence[Alert]:
        async with self.database.session() as session:
            return await alerts.recent_alerts(session)

    async def end_lease(self) -> None:
        """As if who watched was not heard of for long."""
        async with self.database.session() as session:
            await session.connection.execute(
                "UPDATE alert_watcher SET until = until - make_interval(secs => $1)",
                ALERT_LEASE_SECONDS + 1,
            )
