"""The wiring of what watches."""

import os
import platform
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Final, NamedTuple

from fullhouse.booking.ledger.committer import STATEMENTS_OF_LEDGER
from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.checks.watched import watched_checks
from fullhouse.bootstrap.health import NOTIFICATIONS
from fullhouse.bootstrap.schema import named_queries
from fullhouse.bootstrap.worker import build_mailer
from fullhouse.concurrency.beside import beside
from fullhouse.integrations.alert_channels import EmailAlerts, Heartbeat, WebhookAlerts
from fullhouse.kernel.clock import Clock
from fullhouse.observability.alert_rules import RULES_BY_NAME
from fullhouse.observability.alert_settings import alert_secret, escalation_targets
from fullhouse.observability.alert_signals import SignalReader
from fullhouse.observability.alert_watch import (
    AlertChannel,
    AlertWatch,
    EscalationStep,
    say_nothing,
)
from fullhouse.observability.database_monitor import DatabaseMonitor, DatabaseState
from fullhouse.observability.gauge_watch import GaugeWatch
from fullhouse.observability.health import Health
from fullhouse.observability.limits import MEMORY_BOUND_SHARE
from fullhouse.observability.measurements import Labels
from fullhouse.observability.memory_watch import MemoryWatch, nobody
from fullhouse.observability.metrics import AlertMetrics, CheckMetrics
from fullhouse.observability.objectives import (
    ADMIN_SECONDS,
    AVAILABILITY_SECONDS,
    BOOKING_SECONDS,
    BOOKING_SUCCESS,
    MeasuredRoutes,
    Objective,
)
from fullhouse.observability.overview import OverviewReader
from fullhouse.observability.recorder import MeasurementRecorder
from fullhouse.observability.request_hour import BookingRoutes, RequestHourReader
from fullhouse.observability.shared_reading import SharedReading
from fullhouse.observability.slow_queries import SlowQueryLog
from fullhouse.observability.statement_names import StatementNames
from fullhouse.observability.system_health import SystemHealth, memory_of_machine
from fullhouse.storage.connection import Connect
from fullhouse.storage.database import Database, admit_all
from fullhouse.storage.embedded import default_data_dir
from fullhouse.storage.metrics import QueryMetrics
from fullhouse.telemetry.metrics import MetricRegistry

_MEGABYTE: Final = 1_000_000
BOOKING_ROUTES: Final = MeasuredRoutes(
    "POST",
    frozenset(
        {
            "/api/v1/{org}/bookings",
            "/api/v1/{org}/holds",
            "/{org}/{offering}/holds",
            "/{org}/{offering}/holds/{hold}",
        }
    ),
)
"""Where guests book."""
AVAILABILITY_ROUTES: Final = MeasuredRoutes(
    "GET", frozenset({"/api/v1/{org}/offerings/{slug}/availability", "/{org}/{offering}"})
)
ADMIN_ROUTES: Final = MeasuredRoutes("GET", prefix="/admin")
ROUTES_OF: Final[Mapping[str, MeasuredRoutes]] = {
    BOOKING_SUCCESS.name: BOOKING_ROUTES,
    BOOKING_SECONDS.name: BOOKING_ROUTES,
    AVAILABILITY_SECONDS.name: AVAILABILITY_ROUTES,
    ADMIN_SECONDS.name: ADMIN_ROUTES,
}
"""The requests that an objective is about; a test holds them to the routes that there are."""
BOOKED: Final = frozenset(
    {
        ("POST", "/api/v1/{org}/bookings", "201"),
        ("POST", "/{org}/{offering}/holds/{hold}", "303"),
        ("POST", "/{org}/w/{entry}/accept", "303"),
        ("POST", "/admin/{org}/today/book", "303"),
        ("POST", "/admin/{org}/calendar/slots/{slot}/book", "303"),
    }
)
"""Method, route and status of the requests that each made a booking."""


def seconds_objective(method: str, route: str) -> Objective | None:
    """Within which time 95 of 100 requests of a route should be answered, if that is promised."""
    for objective in (BOOKING_SECONDS, AVAILABILITY_SECONDS, ADMIN_SECONDS):
        if ROUTES_OF[objective.name].match(method, route):
            return objective
    return None


def is_booked(labels: Labels) -> bool:
    """Whether requests with these labels (method, route, status) each made a booking."""
    return labels in BOOKED


def build_overview(
    app: Application, health: Health, version: str, *, monitor: SharedReading[DatabaseState]
) -> OverviewReader:
    """How the installation is, for whoever looks at it in this process."""
    routes = BookingRoutes(BOOKING_ROUTES.match, is_booked)
    hours = RequestHourReader(app.database, app.clock, routes)
    return OverviewReader(
        database=app.database,
        clock=app.clock,
        health=health,
        modes=app.modes,
        flags=app.flags,
        hours=hours,
        monitor=monitor,
        version=version,
    )


def build_database_monitor(
    connect: Connect, clock: Clock, admit: Callable[[], None] = admit_all
) -> DatabaseMonitor:
    """What the database does now, with the names of our statements."""
    return DatabaseMonitor(connect, clock, _statement_names(), admit)


@cache
def _statement_names() -> StatementNames:
    """The shapes of all our statements, made once in a process."""
    return StatementNames(named_queries(), STATEMENTS_OF_LEDGER)


def build_recorder(
    database: Database, metrics: MetricRegistry, clock: Clock
) -> MeasurementRecorder:
    """What writes the measurements of one process."""
    slow = SlowQueryLog(metrics.get(QueryMetrics), named_queries(), clock)
    return MeasurementRecorder(database, clock, metrics, slow)


def build_alert_watch(app: Application) -> AlertWatch:
    """What looks whether something is wrong, with the ways to tell people."""
    settings = app.settings
    machine = SystemHealth(settings.data_dir or default_data_dir())
    signals = SignalReader(
        app.database,
        app.clock,
        machine,
        BOOKING_ROUTES.match,
        GaugeWatch(is_booked),
        NOTIFICATIONS,
        lambda: watched_checks(
            settings, app.database, app.clock, metrics=app.metrics.get(CheckMetrics)
        ),
    )
    heartbeat, metrics = settings.alert_heartbeat_url, app.metrics.get(AlertMetrics)
    return AlertWatch(
        app.database,
        app.clock,
        app.ids,
        signals.read,
        _channels(app),
        app.modes.is_database_away,
        steps=_escalation(app),
        beat=Heartbeat(app.http, heartbeat.get_secret_value()) if heartbeat else say_nothing,
        publish=lambda firing: metrics.fire(
            {(one.rule, one.severity) for one in firing}, RULES_BY_NAME
        ),
    )


def _channels(app: Application) -> Sequence[AlertChannel]:
    settings = app.settings
    by_email = EmailAlerts(build_mailer(app), settings.base_url, settings.alert_emails)
    if settings.alert_webhook_url is None:
        return (by_email,)
    return (by_email, _webhook(app, settings.alert_webhook_url.get_secret_value()))


def _webhook(app: Application, url: str) -> WebhookAlerts:
    secret = app.settings.alert_webhook_secret
    key = None if secret is None else alert_secret(secret.get_secret_value())
    return WebhookAlerts(app.http, url, app.settings.base_url, key)


def _escalation(app: Application) -> Sequence[EscalationStep]:
    text = app.settings.alert_escalation
    if text is None:
        return ()
    mailer, base_url = build_mailer(app), app.settings.base_url
    return [
        EscalationStep(
            target.after,
            _webhook(app, target.url)
            if target.url is not None
            else EmailAlerts(mailer, base_url, target.emails),
        )
        for target in escalation_targets(text.get_secret_value())
    ]


class WatchedProcess(NamedTuple):
    """A process by its program; what it calls when it should be replaced."""

    name: str
    ask_for_replacement: Callable[[], bool] = nobody


def _build_memory_watch(
    app: Application, watched: WatchedProcess, work_done: Callable[[], int]
) -> MemoryWatch:
    settings = app.settings
    half = round(MEMORY_BOUND_SHARE * memory_of_machine()[0])
    is_replaced = settings.replace_processes
    return MemoryWatch(
        app.database,
        app.clock,
        f"{watched.name} {os.getpid()} on {platform.node()}",
        work_done,
        settings.memory_max_mb * _MEGABYTE if settings.memory_max_mb else half or sys.maxsize,
        watched.ask_for_replacement if is_replaced else nobody,
    )


@asynccontextmanager
async def watching(app: Application, watched: WatchedProcess) -> AsyncIterator[None]:
    """Keep what this process measures and look whether something is wrong.

    For processes that serve: commands come and go.
    """
    recorder = build_recorder(app.database, app.metrics, app.clock)
    memory = _build_memory_watch(app, watched, lambda: recorder.work_done)
    async with beside(recorder, memory, build_alert_watch(app)):
        yield
