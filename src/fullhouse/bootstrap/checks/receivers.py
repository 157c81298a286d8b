"""Checks of `fullhouse doctor` on what hears of this installation: alerts, heartbeat, traces."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from fullhouse.bootstrap.checks.results import CheckResult, failed, ok
from fullhouse.http.server.limits import SELF_PROBE_SECONDS_MAX
from fullhouse.kernel.network_errors import words_of
from fullhouse.settings import Settings

_PORTS: Final = {"https": 443, "http": 80}


async def check_receivers(settings: Settings) -> Sequence[CheckResult]:
    """Connect to each that is set; nothing is sent, and no address is shown but host and port."""
    secrets = {
        "FULLHOUSE_ALERT_WEBHOOK_URL": settings.alert_webhook_url,
        "FULLHOUSE_ALERT_HEARTBEAT_URL": settings.alert_heartbeat_url,
        "FULLHOUSE_SENTRY_DSN": settings.sentry_dsn,
    }
    urls = {name: url.get_secret_value() for name, url in secrets.items() if url is not None}
    if settings.otlp_endpoint is not None:
        urls["FULLHOUSE_OTLP_ENDPOINT"] = settings.otlp_endpoint
    async with asyncio.TaskGroup() as group:
        checks = [group.create_task(_check(*each)) for each in urls.items()]
    return [check.result() for check in checks]


async def _check(name: str, url: str) -> CheckResult:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    try:
        async with asyncio.timeout(SELF_PROBE_SECONDS_MAX):
            _, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        return failed("told", f"{host}:{port} {words_of(error)} ({name})")
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return ok("told", f"{host}:{port} is reached ({name}).")
