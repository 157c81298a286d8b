"""Checks of `fullhouse doctor` over the network: mail server, Redis, addresses."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, assert_never
from urllib.parse import urlsplit

from fullhouse.bootstrap.checks.results import CheckResult, failed, note, ok
from fullhouse.http.server.limits import SELF_PROBE_SECONDS_MAX
from fullhouse.http.server.listening import AddressUnusable, answers, bound, status_of
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.network_errors import words_of
from fullhouse.observability.objectives import CERTIFICATE_DAYS
from fullhouse.settings import Settings

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

_OK: Final = 200
_EXPIRED: Final = 10
"""X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL."""


async def check_mail(smtp_url: str | None) -> CheckResult:
    """Connect to the mail server and say everything but a recipient; no e-mail is sent."""
    if smtp_url is None:
        return note(
            "mail", "No mail server is set (FULLHOUSE_SMTP_URL): e-mails are stored, not sent."
        )
    # Loaded here because the library takes as long as all the other checks
    from fullhouse.integrations.smtp_probe import mail_server_problem  # noqa: PLC0415
    from fullhouse.integrations.smtp_settings import smtp_settings  # noqa: PLC0415

    try:
        server = smtp_settings(smtp_url)
    except InvalidInput as error:
        return failed("mail", f"FULLHOUSE_SMTP_URL: {error.detail}")
    problem = await mail_server_problem(server)
    if problem is not None:
        return failed("mail", f"{problem} (FULLHOUSE_SMTP_URL)")
    return ok("mail", f"{server.address} takes e-mails from {server.sender}.")


async def check_dkim(settings: Settings, resolver: "Resolver | None" = None) -> CheckResult | None:
    """Whether receivers find the key that signs e-mails; None where none are signed."""
    if settings.dkim_key_file is None or settings.smtp_url is None:
        return None
    # Loaded here because few sign by themselves
    from fullhouse.integrations.dkim_published import published_key  # noqa: PLC0415
    from fullhouse.integrations.dkim_signing import read_dkim_key  # noqa: PLC0415
    from fullhouse.integrations.smtp_settings import domain_of, smtp_settings  # noqa: PLC0415

    try:
        domain = domain_of(smtp_settings(settings.smtp_url.get_secret_value()).sender)
    except InvalidInput:
        return None  # the check of the mail server says why
    key = read_dkim_key(settings.dkim_selector, settings.dkim_key_file)
    found = await published_key(key, domain, resolver=resolver)
    match found.state:
        case "published":
            return ok("dkim", f"{found.name} has the key that signs e-mails.")
        case "not_reached":
            message = f"not reached: the DNS did not say what is at {found.name} ({found.detail})."
            return note("dkim", f"{message} Try again where it can be asked.")
        case "missing":
            what = f"{found.name} has no TXT record: receivers cannot verify e-mails."
        case "wrong":
            what = f"{found.name} has another key: receivers take e-mails for forged."
        case _:
            assert_never(found.state)
    return failed("dkim", f"{what} Publish there, as the only one: {found.record}")


async def check_redis(url: str) -> CheckResult:
    """Check that Redis answers; without Redis each process reads from the database."""
    # Loaded here because hardly anybody has a Redis
    from fullhouse.integrations.redis import redis_problem  # noqa: PLC0415

    try:
        problem = await redis_problem(url)
    except InvalidInput as error:
        return failed("redis", f"FULLHOUSE_REDIS_URL: {error.detail}")
    if problem is not None:
        return failed(
            "redis",
            f"{problem} Without it, each process reads for itself. (FULLHOUSE_REDIS_URL)",
        )
    return ok("redis", "Redis answers.")


async def check_address(host: str, port: int) -> CheckResult:
    """Check that the address is available, or that Fullhouse already answers there."""
    if await answers(host, port, "/livez"):
        return await _check_readiness(host, port)
    try:
        bound(host, port).close()
    except AddressUnusable as error:
        return failed("address", error.detail)
    return ok("address", f"Port {port} of {host} is available.")


async def _check_readiness(host: str, port: int) -> CheckResult:
    message = f"Fullhouse answers at {host}, port {port}"
    if await answers(host, port, "/readyz?alone"):
        return ok("address", f"{message}.")
    return failed(
        "address",
        f"{message}, but is not ready: its /readyz says why, and docs/runbooks what to do.",
    )


async def check_public_address(settings: Settings) -> CheckResult:
    """Check the address that guests use: its scheme, its name, and that it leads here."""
    if settings.public_url is None:
        return note(
            "public",
            f"FULLHOUSE_PUBLIC_URL is not set: links in e-mails begin with {settings.base_url}.",
        )
    parts = urlsplit(settings.public_url)
    host, tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    try:
        async with asyncio.timeout(SELF_PROBE_SECONDS_MAX):
            status = await status_of(host, port, "/livez", tls=tls)
    except OSError as error:
        return failed("public", f"{settings.public_url} {words_of(error)} (FULLHOUSE_PUBLIC_URL)")
    return await _check_answer(settings, status, tls=tls)


async def _check_answer(settings: Settings, status: int, *, tls: bool) -> CheckResult:
    url = settings.public_url
    is_running = await answers(settings.host, settings.port, "/livez")
    if status != _OK and is_running:
        return failed(
            "public",
            f"{url} answers {status or 'something else'} to /livez: it does not lead to this "
            "server. Check the proxy.",
        )
    if not tls:
        message = f"{url} is not https: what guests type can be read on the way."
        return note("public", message) if _is_private(url or "") else failed("public", message)
    if not settings.trusted_proxies and is_running:
        return failed(
            "public",
            f"{url} leads here through a proxy, and FULLHOUSE_TRUSTED_PROXIES does not name it: "
            "all guests together count as one client.",
        )
    if not is_running:
        return note("public", f"{url} answers. Start Fullhouse to see whether it leads here.")
    return ok("public", f"{url} leads here, by https.")


def _is_private(url: str) -> bool:
    """Whether the address is one of this machine or of a local network."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".local", ".lan", ".internal"))


async def check_certificate(settings: Settings, clock: Clock) -> CheckResult | None:
    """Whether the certificate is valid long enough; None where there is none to see."""
    days = await certificate_days(settings, clock)
    if days is None:
        return None
    message = f"The certificate of {settings.public_url} is valid for {days:.0f} days."
    if CERTIFICATE_DAYS.severity(days):
        return failed("tls", f"{message} Renew it: does its renewal run?")
    return ok("tls", message)


async def certificate_days(settings: Settings, clock: Clock) -> float | None:
    """For how long the certificate of the public address is valid; None where none is seen.

    One that has ended is valid for no day.
    """
    parts = urlsplit(settings.public_url or "")
    if parts.scheme != "https" or parts.hostname is None:
        return None
    try:
        async with asyncio.timeout(SELF_PROBE_SECONDS_MAX):
            ends_at = await _certificate_end(parts.hostname, parts.port or 443)
    except ssl.SSLCertVerificationError as error:
        return 0.0 if error.verify_code == _EXPIRED else None
    except OSError:
        return None  # the check of the address says why
    return (ends_at - clock.now()) / timedelta(days=1)


async def _certificate_end(host: str, port: int) -> datetime:
    _, writer = await asyncio.open_connection(host, port, ssl=True)
    try:
        certificate = writer.get_extra_info("peercert")
    finally:
        writer.close()
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
