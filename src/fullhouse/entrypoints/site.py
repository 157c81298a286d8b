"""The site of this application: API, pages and health behind the limits that all share."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache, partial
from urllib.parse import urlsplit

from fullhouse.booking.model.urls import OPENAPI_PATH
from fullhouse.bootstrap.application import Application, open_application
from fullhouse.bootstrap.health import build_health
from fullhouse.bootstrap.inbox import build_inbox
from fullhouse.bootstrap.observability import WatchedProcess, watching
from fullhouse.bootstrap.optimisation import optimising
from fullhouse.entrypoints.api.assembly import api_operations
from fullhouse.entrypoints.api.documentation.pages import DocumentationApp
from fullhouse.entrypoints.api.incoming_webhooks import WebhookReceiver
from fullhouse.entrypoints.api.openapi import API_TITLE, api_description
from fullhouse.entrypoints.api.problems import PROBLEMS
from fullhouse.entrypoints.security.access import AccessControl
from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.security.api_keys import RecentApiKeys
from fullhouse.entrypoints.security.caller_turns import CallerTurns
from fullhouse.entrypoints.security.restrictions import ModeRestrictions
from fullhouse.entrypoints.web import build_pages
from fullhouse.entrypoints.web.render import load_templates
from fullhouse.http.operations.application import ApiApp
from fullhouse.http.operations.openapi import OpenApiDocument
from fullhouse.http.operations.response_cache import ResponseCache
from fullhouse.http.server.health import HealthProbe, own_readiness
from fullhouse.http.server.health_reports import HealthReports
from fullhouse.http.server.metrics import RequestMetrics
from fullhouse.http.server.monitoring import MonitoringAccess
from fullhouse.http.server.proxies import TrustedProxies
from fullhouse.http.server.rate_limits import RateLimits, TokenBucketLimiter
from fullhouse.http.server.root_app import RootApp
from fullhouse.http.server.stream_limits import StreamLimits
from fullhouse.http.server.waiting_room import WaitingRoom
from fullhouse.http.server.web_process import Site
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.version import program_version
from fullhouse.observability.fleet import Fleet, url_for_peers
from fullhouse.observability.loop_watch import LoopWatch
from fullhouse.people.model.domains import requested_domain
from fullhouse.resilience.metrics import CacheMetrics, ModeMetrics
from fullhouse.settings import Settings
from fullhouse.storage.errors import DatabaseUnavailable


@asynccontextmanager
async def open_site(
    settings: Settings, ask_for_replacement: Callable[[], bool], shutdown: ShutdownSignal
) -> AsyncIterator[Site]:
    """The site on the configured database. Raises as `open_application` does."""
    if settings.database_url is None:
        raise DatabaseUnavailable("A web process needs FULLHOUSE_DATABASE_URL.")
    async with (
        open_application(settings, settings.database_url, name="web") as app,
        watching(app, WatchedProcess("web", ask_for_replacement)),
        optimising(app),
    ):
        health = health_probe(app, shutdown)
        yield Site(build_root_app(app, health, shutdown), health)


def health_probe(app: Application, shutdown: ShutdownSignal) -> HealthProbe:
    settings = app.settings
    token = settings.metrics_token
    access = MonitoringAccess(
        None if token is None else token.get_secret_value(),
        is_behind_proxy=bool(settings.trusted_proxies or settings.public_url),
    )
    loop = LoopWatch(app.clock)
    return HealthProbe(
        app.database,
        app.metrics,
        app.clock,
        shutdown=shutdown,
        query="people.ping",
        access=access,
        reports=HealthReports(build_health(app, loop), access),
        loop=loop,
        fleet=Fleet(
            app.database,
            app.clock,
            partial(url_for_peers, settings.peer_url, (settings.host, settings.port)),
            own_readiness,
        ),
        is_database_away=app.modes.is_database_away,
        is_database_full=lambda: app.ledger.is_failing,
    )


def build_root_app(app: Application, health: HealthProbe, shutdown: ShutdownSignal) -> RootApp:
    """The whole site on an application."""
    settings, clock = app.settings, app.clock
    recent_keys = RecentApiKeys(clock)
    access = AccessControl(
        directory=app.directory,
        database=app.database,
        sessions=AccountSessions(app.database, clock),
        clock=clock,
        ids=app.ids,
        recent_keys=recent_keys,
        turns=CallerTurns.by(clock),
        own_domain=requested_domain(urlsplit(settings.base_url).netloc),
    )
    waiting_room = WaitingRoom(
        app.tokens.secret,
        clock,
        ("/api/", "/static/"),
        is_public_by_https=app.settings.base_url.startswith("https://"),
    )
    responses = ResponseCache(app.metrics.get(CacheMetrics), access.depends_on_host)
    operations = api_operations(app, access=access, shutdown=shutdown, responses=responses)
    description = api_description(version=program_version(), server=settings.base_url)
    document = OpenApiDocument(description, PROBLEMS).route(OPENAPI_PATH, operations)
    system_routes = (*health.routes(), document)
    receiver = WebhookReceiver(app.directory, clock, build_inbox(app), settings.base_url)
    api = ApiApp(operations, (*system_routes, receiver.route()), PROBLEMS, responses=responses)
    docs = _documentation()
    return RootApp(
        api=api,
        pages=build_pages(app, access, waiting_room, probe=health),
        section_of_path={
            **{route.path: api for route in system_routes},
            **dict.fromkeys(docs.paths, docs),
        },
        probe_paths=frozenset(r.path for r in system_routes if not r.limits.is_bounded),
        rate_limits=RateLimits(
            TokenBucketLimiter(clock, settings.reads_burst, settings.reads_per_second),
            TokenBucketLimiter(clock, settings.writes_burst, settings.writes_per_second),
            recent_keys.find,
        ),
        proxies=TrustedProxies(settings.trusted_proxies),
        metrics=app.metrics.get(RequestMetrics),
        clock=clock,
        ids=app.ids,
        streams=StreamLimits(settings.streams_per_client_max),
        refuses_writes=app.ledger.is_crowded,
        waiting_room=waiting_room,
        restrictions=ModeRestrictions(app.modes, access.sessions, app.metrics.get(ModeMetrics)),
    )


@cache
def _documentation() -> DocumentationApp:
    """The same for every application; each page is made once."""
    icon = load_templates().asset("icon.svg")
    return DocumentationApp(PROBLEMS, title=API_TITLE, document_path=OPENAPI_PATH, icon=icon)
