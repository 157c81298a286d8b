"""The pages on which operators look at the installation, with their streams."""

from collections.abc import Sequence
from dataclasses import replace

from fullhouse.booking.model.urls import CIRCUITS_PATH, DATABASE_PATH, LATENCY_PATH, OPERATIONS_PATH
from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.observability import (
    build_database_monitor,
    build_overview,
    seconds_objective,
)
from fullhouse.bootstrap.services import circuit_acts
from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.security.outage_pass import OutagePass
from fullhouse.entrypoints.web.dispatch import PageRoute, get, post
from fullhouse.entrypoints.web.pages.alerts import AlertPages
from fullhouse.entrypoints.web.pages.circuits import CircuitPages
from fullhouse.entrypoints.web.pages.database import DatabasePages
from fullhouse.entrypoints.web.pages.latency import LatencyPage
from fullhouse.entrypoints.web.pages.live_access import OperatorAccess
from fullhouse.entrypoints.web.pages.live_pages import LivePages, Parts
from fullhouse.entrypoints.web.pages.operations import OperationsPages
from fullhouse.http.live_feeds import LiveFeeds
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.context import Permission
from fullhouse.kernel.version import program_version
from fullhouse.observability.alert_texts import ALERTS_PATH
from fullhouse.observability.health import Health
from fullhouse.observability.limits import (
    DATABASE_READ_SECONDS_MAX,
    DATABASE_SECONDS,
    OVERVIEW_FIGURES_SECONDS,
    OVERVIEW_SECONDS,
)
from fullhouse.observability.shared_reading import SharedReading
from fullhouse.resilience.shared_circuits import SharedCircuits


def operations_routes(
    app: Application, sessions: AccountSessions, shutdown: ShutdownSignal, *, health: Health
) -> Sequence[PageRoute]:
    """Those that are shown without the database have nothing that could be changed."""
    feeds = LiveFeeds[Parts](shutdown, again_seconds=OVERVIEW_SECONDS)
    access = OperatorAccess(sessions, OutagePass(app.tokens.secret, app.clock))
    live = LivePages(access, app.clock, feeds)
    monitor = SharedReading(
        "database",
        build_database_monitor(app.connect, app.clock, app.database.admit).read,
        app.clock,
        DATABASE_SECONDS,
        DATABASE_READ_SECONDS_MAX,
    )
    overview = build_overview(app, health, program_version(), monitor=monitor)
    pages = OperationsPages(overview, live)
    database = DatabasePages(monitor, live)
    figures = LiveFeeds[Parts](shutdown, again_seconds=OVERVIEW_FIGURES_SECONDS)
    latency = LatencyPage(app.database, seconds_objective, replace(live, feeds=figures))
    alerts = AlertPages(app.database, live)
    shared = SharedCircuits(app.database, app.unit_of_work, app.ids)
    circuits = CircuitPages(circuit_acts(shared), app.accounts.verify_person, live)
    allow = Permission.OPERATE
    return (
        get(OPERATIONS_PATH, pages.show, allow, without_database=True),
        get(f"{OPERATIONS_PATH}/live", pages.stream, allow, without_database=True),
        get(DATABASE_PATH, database.show, allow, without_database=True),
        get(f"{DATABASE_PATH}/live", database.stream, allow, without_database=True),
        get(LATENCY_PATH, latency.show, allow),
        get(f"{LATENCY_PATH}/live", latency.stream, allow),
        get(ALERTS_PATH, alerts.show, allow),
        post(ALERTS_PATH, alerts.change, allow),
        get(f"{ALERTS_PATH}/live", alerts.stream, allow),
        get(CIRCUITS_PATH, circuits.form, allow),
        post(CIRCUITS_PATH, circuits.change, allow),
        get(f"{CIRCUITS_PATH}/live", circuits.stream, allow),
    )
