"""Looks every ten seconds whether something is wrong, and tells people by every channel.

All processes that serve run it; one of them watches, by a lease in a row. Who watches tells of a
database that is away without it: what it needs for that is in memory. A message has everything
that there is to tell at that moment. What no channel took is told at the next look.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol
from uuid import UUID

from msgspec.structs import replace

from fullhouse.concurrency.waiting import wait_for_event
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids
from fullhouse.observability.alert_escalation import Telling, is_due, tellings
from fullhouse.observability.alert_findings import AlertFinding
from fullhouse.observability.alert_judge import AlertJudge, Judgement
from fullhouse.observability.alert_rules import DATABASE_DOWN, AlertRule
from fullhouse.observability.alerts import Alert, open_alerts, silences
from fullhouse.observability.limits import (
    ALERT_LEASE_SECONDS,
    ALERT_RETRY_SECONDS,
    ALERT_SECONDS,
    ALERT_SEND_SECONDS_MAX,
    HEARTBEAT_SECONDS,
)
from fullhouse.observability.signals import Signals
from fullhouse.storage.database import Database, Session
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("alerts")
ReadSignals = Callable[[], Awaitable[Signals]]


class AlertNotice(NamedTuple):
    """What people are told at one moment: alerts that began or go on, and those that are over."""

    message_id: UUID
    at: datetime
    firing: Sequence[Alert]
    over: Sequence[Alert]


async def say_nothing() -> None:
    """For installations whose heartbeat nobody waits for."""


def publish_nothing(_firing: Sequence[Alert]) -> None:
    """For what exports no metrics."""


class AlertChannel(Protocol):
    """A way to people."""

    @property
    def name(self) -> str: ...

    async def prepare(self, database: Database) -> None:
        """Read what it needs while the database answers."""
        ...

    async def send(self, notice: AlertNotice) -> None:
        """Raises whatever says that nobody was told."""
        ...


class EscalationStep(NamedTuple):
    """Who is told when a critical alert has not been acknowledged for so long."""

    after: timedelta
    channel: AlertChannel


@dataclass(slots=True)
class AlertWatch:
    """Runs in every process that serves; `is_database_away` is what this process knows of it."""

    database: Database
    clock: Clock
    ids: Ids
    read_signals: ReadSignals
    channels: Sequence[AlertChannel]
    is_database_away: Callable[[], bool]
    beat: Callable[[], Awaitable[None]] = say_nothing
    """Says every minute that somebody watches and can be heard."""
    publish: Callable[[Sequence[Alert]], None] = publish_nothing
    """Exports what fires; of a process that does not watch, that nothing does."""
    _is_published: bool = True
    steps: Sequence[EscalationStep] = ()
    """Who is told of a critical alert that nobody acknowledges, in the order of time."""
    _tell_again_at: dict[int, float] = field(default_factory=dict)
    _beaten_at: float = float("-inf")
    _judge: AlertJudge = field(default_factory=AlertJudge)
    _process: UUID = field(init=False)
    _watches: bool = False
    _away: Alert | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._process = self.ids.uuid()

    async def run(self) -> None:
        """Look until stopped; what goes wrong with looking ends nothing."""
        while not self._stopping.is_set():
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - who watches never stops what is watched
                _LOG.warning("alerts.not_looked", error=error)
            await wait_for_event(self._stopping, timeout_seconds=ALERT_SECONDS)
        await self._give_up()

    def stop(self) -> None:
        self._stopping.set()

    async def look(self) -> None:
        """Look once; who does not hold the lease does nothing."""
        if self.is_database_away():
            self._judge.note_end(DATABASE_DOWN, self.clock.monotonic())
            if self._watches:
                await self._look_without_database()
                await self._beat()
            return
        await self._store_away()
        if not await self._lease():
            if self._is_published:
                self.publish(())
            self._is_published = False
            return
        await self._look_with_database()
        await self._beat()

    async def _look_with_database(self) -> None:
        for channel in (*self.channels, *(step.channel for step in self.steps)):
            await channel.prepare(self.database)
        signals = await self.read_signals()
        async with self.database.unrestricted.session() as session:
            stored = {alert.key: alert for alert in await open_alerts(session)}
            is_open = {key: one for key, one in stored.items() if one.resolved_at is None}
            judgement = self._judge.judge(signals, is_open, self.clock.monotonic())
            await self._store(session, judgement)
        await self._tell()

    async def _beat(self) -> None:
        now = self.clock.monotonic()
        if now - self._beaten_at >= HEARTBEAT_SECONDS:
            self._beaten_at = now
            await self.beat()

    async def _lease(self) -> bool:
        async with self.database.unrestricted.session() as session:
            holder = await session.fetch_value(
                "observability.lease_alert_watch",
                UUID,
                process=self._process,
                seconds=ALERT_LEASE_SECONDS,
            )
        self._watches = holder == self._process
        return self._watches

    async def _give_up(self) -> None:
        if not self._watches or self.is_database_away():
            return
        try:
            async with self.database.unrestricted.session() as session:
                await session.execute("observability.end_alert_watch", process=self._process)
        except Exception as error:  # noqa: BLE001 - the lease ends by itself
            _LOG.warning("alerts.lease_not_ended", error=error)

    async def _look_without_database(self) -> None:
        now = self.clock.now()
        is_open = {} if self._away is None else {self._away.key: self._away}
        signals = Signals(database_away=True)
        for rule, finding in self._judge.judge(signals, is_open, self.clock.monotonic()).begun:
            self._away = self._alert(rule, finding)
        away = self._away
        if away is None:
            return
        for step, _ in await self._tell_each([away], now):
            away = replace(away, escalated=max(step, away.escalated)) if step else _told(away, now)
        self._away = away

    async def _store_away(self) -> None:
        """What was told without the database becomes a row, which then ends like any.

        Another process may watch by now: the lease ended meanwhile.
        """
        if self._away is not None:
            async with self.database.unrestricted.session() as session:
                await self._fire(session, self._away)
            self._away = None

    async def _store(self, session: Session, judgement: Judgement) -> None:
        for rule, finding in judgement.begun:
            await self._fire(session, self._alert(rule, finding))
        for alert, finding in judgement.changed:
            await session.execute(
                "observability.change_alert",
                alert_id=alert.alert_id,
                severity=finding.severity,
                summary=finding.summary,
            )
        for alert in judgement.over:
            _LOG.info("alert.resolved", rule=alert.rule, subject=alert.subject)
            await session.execute(
                "observability.resolve_alert", alert_id=alert.alert_id, now=self.clock.now()
            )

    def _alert(self, rule: AlertRule, finding: AlertFinding) -> Alert:
        _LOG.warning("alert.fired", rule=rule.name, subject=finding.subject)
        return Alert(
            alert_id=self.ids.uuid(),
            rule=rule.name,
            subject=finding.subject,
            severity=finding.severity,
            summary=finding.summary,
            fired_at=self.clock.now(),
        )

    async def _fire(self, session: Session, alert: Alert) -> None:
        await session.execute(
            "observability.fire_alert",
            alert_id=alert.alert_id,
            rule=alert.rule,
            subject=alert.subject,
            severity=alert.severity,
            summary=alert.summary,
            fired_at=alert.fired_at,
            notified_at=alert.notified_at,
            reminded_at=alert.reminded_at,
            escalated=alert.escalated,
        )

    async def _tell(self) -> None:
        """Tell what is due of all that is open, but for rules that are silenced."""
        now = self.clock.now()
        async with self.database.unrestricted.session() as session:
            stored = await open_alerts(session)
            silent = {each.rule for each in await silences(session, now=now)}
        self.publish([one for one in stored if one.resolved_at is None])
        self._is_published = True
        told = await self._tell_each([one for one in stored if one.rule not in silent], now)
        if told:
            async with self.database.unrestricted.session() as session:
                await _store_told(session, told, now)

    async def _tell_each(self, alerts: Sequence[Alert], now: datetime) -> Sequence[Telling]:
        """Tell everyone whose turn it is, side by side; what was taken."""
        due = tellings(alerts, [step.after for step in self.steps], now)
        async with asyncio.TaskGroup() as group:
            sent = [group.create_task(self._send(each, now)) for each in due]
        return [each for each, task in zip(due, sent, strict=True) if task.result()]

    async def _send(self, telling: Telling, at: datetime) -> bool:
        """Send by all channels at once; whether one took it. After a failure it waits a little."""
        now, step = self.clock.monotonic(), telling.step
        if now < self._tell_again_at.get(step, now):
            return False
        channels = [self.steps[step - 1].channel] if step else self.channels
        firing = [one for one in telling.alerts if one.resolved_at is None]
        over = [one for one in telling.alerts if one.resolved_at is not None]
        notice = AlertNotice(self.ids.uuid(), at, firing, over)
        async with asyncio.TaskGroup() as group:
            sent = [group.create_task(self._send_by(one, notice)) for one in channels]
        is_taken = any(task.result() for task in sent)
        self._tell_again_at[step] = now if is_taken else now + ALERT_RETRY_SECONDS
        return is_taken

    async def _send_by(self, channel: AlertChannel, notice: AlertNotice) -> bool:
        try:
            async with asyncio.timeout(ALERT_SEND_SECONDS_MAX):
                await channel.send(notice)
        except Exception as error:  # noqa: BLE001 - another channel may work
            _LOG.warning("alert.not_sent", channel=channel.name, error=error)
            return False
        return True


async def _store_told(session: Session, told: Sequence[Telling], now: datetime) -> None:
    """The first ones are told of a beginning until they take it; of the rest one step is enough."""
    notified = {
        one.alert_id
        for step, alerts in told
        for one in alerts
        if not step or (one.notified_at is not None and is_due(one, now))
    }
    await session.execute("observability.alerts_notified", alert_ids=list(notified), now=now)
    for step, alerts in told:
        if step:
            ids = [one.alert_id for one in alerts]
            await session.execute("observability.alerts_escalated", alert_ids=ids, step=step)


def _told(alert: Alert, now: datetime) -> Alert:
    return replace(alert, notified_at=alert.notified_at or now, reminded_at=now)
