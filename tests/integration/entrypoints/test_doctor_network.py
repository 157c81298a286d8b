"""`fullhouse doctor` and the mail server, Redis and public address that the settings name."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from pydantic import SecretStr
from tests.builders.mail_server import Postmaster, a_mail_server

from fullhouse.bootstrap.checks import network
from fullhouse.bootstrap.checks.network import (
    check_mail,
    check_public_address,
    check_redis,
)
from fullhouse.bootstrap.checks.receivers import check_receivers
from fullhouse.bootstrap.checks.results import CheckResult, CheckStatus, ok
from fullhouse.integrations import smtp_probe
from fullhouse.settings import Settings

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def a_server(handle: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on loopback for the block; its port."""
    handlers: set[asyncio.Task[None]] = set()

    async def handle_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handlers.add(task)
        await handle(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle_and_close, "127.0.0.1", 0, ssl=tls)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        if handlers:
            await asyncio.wait(handlers)


def says(*lines: bytes) -> Handler:
    """Says a line, and one more for each line that it reads; then hangs up."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in lines:
            writer.write(line + b"\r\n")
            await reader.readline()

    return handle


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def mail(handle: Handler, *, scheme: str = "smtp", user: str = "") -> CheckResult:
    async with a_server(handle) as port:
        return await check_mail(f"{scheme}://{user}127.0.0.1:{port}?from=bookings@farm.example")


async def test_a_working_mail_server_passes_and_gets_no_e_mail() -> None:
    async with a_mail_server(Postmaster()) as postmaster:
        result = await check_mail(postmaster.url)
        assert result.status is CheckStatus.OK
        assert "takes e-mails from bookings@farm.example" in result.message
    assert (postmaster.taken, postmaster.asked, postmaster.recipients) == ([], 0, [])


async def test_without_a_mail_server_there_is_a_note() -> None:
    assert (await check_mail(None)).status is CheckStatus.NOTE


@pytest.mark.parametrize(
    ("handle", "words"),
    [
        (says(b"421 too busy"), "answers to connecting: 421 too busy."),
        (says(b"HTTP/1.1 400 Bad Request"), "does not answer as a mail server does."),
        (says(), "hangs up (connecting)."),
        (says(b"220 hello", b"250 hello"), "hangs up"),
        (
            says(b"220 a", b"250 b", b"550 not you", b"221 c"),
            "refuses the sender bookings@farm.example: 550",
        ),
    ],
)
async def test_what_a_mail_server_refuses_is_said_in_words(handle: Handler, words: str) -> None:
    result = await mail(handle)
    assert result.status is CheckStatus.FAILED
    assert words in result.message
    assert result.message.endswith("(FULLHOUSE_SMTP_URL)")


async def test_a_mail_server_that_says_nothing_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp_probe, "SMTP_DOCTOR_SECONDS_MAX", 0.2)
    assert "does not answer in time:" in (await mail(silent)).message


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("smtp://127.0.0.1:9?from=a@example.org", "refuses connections"),
        ("smtp://nowhere.invalid?from=a@example.org", "no address is known for this name"),
        ("foo", "Begin it with smtp://"),
    ],
)
async def test_a_mail_server_that_cannot_be_reached_fails(url: str, words: str) -> None:
    result = await check_mail(url)
    assert result.status is CheckStatus.FAILED
    assert words in result.message


async def test_tls_at_a_port_without_it_is_said() -> None:
    assert "speaks no TLS at this port" in (await mail(says(b"220 hello"), scheme="smtps")).message


async def test_a_server_without_starttls_is_refused_before_the_password() -> None:
    async with a_mail_server(Postmaster()) as postmaster:
        url = postmaster.url.replace("smtp://", "smtp+starttls://u:secret@")
        result = await check_mail(url)
    assert "does not offer what connecting needs" in result.message
    assert "secret" not in result.message


class Strict:
    """Refuses every password."""

    async def auth_PLAIN(self, _server: SMTP, _args: list[str]) -> AuthResult:  # noqa: N802
        return AuthResult(success=False, handled=False)

    auth_LOGIN = auth_PLAIN  # noqa: N815

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        return "250 OK"


async def test_a_refused_password_is_said_without_the_password() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Strict(), loop=loop, hostname="mail.example", auth_require_tls=False),
        "127.0.0.1",
        0,
    )
    port = server.sockets[0].getsockname()[1]
    result = await check_mail(f"smtp://me:hush-hush@127.0.0.1:{port}?from=a@example.org")
    server.close()
    assert "refuses the user name or the password: 535" in result.message
    assert "hush-hush" not in result.message


async def test_a_redis_that_is_set_and_does_not_answer_fails() -> None:
    result = await check_redis("redis://127.0.0.1:9")
    assert result.status is CheckStatus.FAILED
    assert "Redis refuses connections" in result.message


async def http_ok(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")


async def http_missing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 404 Not Found\r\n\r\n")


async def public(url: str, *, port: int, proxies: tuple[str, ...] = ()) -> CheckResult:
    return await check_public_address(
        Settings(public_url=url, port=port, trusted_proxies=proxies, smtp_url=None)
    )


async def test_a_public_address_that_leads_elsewhere_fails() -> None:
    async with a_server(http_ok) as ours, a_server(http_missing) as theirs:
        result = await public(f"http://127.0.0.1:{theirs}", port=ours)
    assert result.status is CheckStatus.FAILED
    assert "answers 404 to /livez: it does not lead to this server" in result.message


async def test_http_is_a_note_on_a_local_network_and_a_failure_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_server(http_ok) as ours:
        local = await public(f"http://127.0.0.1:{ours}", port=ours)
        assert local.status is CheckStatus.NOTE

        async def reached(_host: str, _port: int, _path: str, *, tls: bool = False) -> int:
            assert not tls
            return 200

        monkeypatch.setattr(network, "status_of", reached)
        elsewhere = await public("http://tickets.example.org", port=ours)
    assert elsewhere.status is CheckStatus.FAILED
    assert "is not https" in elsewhere.message


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://nowhere.invalid", "no address is known for this name"),
        ("https://127.0.0.1:9", "refuses connections"),
    ],
)
async def test_a_public_address_that_cannot_be_reached_fails(url: str, words: str) -> None:
    result = await public(url, port=9)
    assert result.status is CheckStatus.FAILED
    assert words in result.message


async def test_https_behind_a_proxy_that_is_not_trusted_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def reached(_host: str, _port: int, _path: str, *, tls: bool = False) -> int:
        assert tls
        return 200

    monkeypatch.setattr(network, "status_of", reached)
    async with a_server(http_ok) as ours:
        url = "https://tickets.example.org"
        untrusted = await public(url, port=ours)
        assert "FULLHOUSE_TRUSTED_PROXIES does not name it" in untrusted.message
        trusted = await public(url, port=ours, proxies=("127.0.0.1",))
        assert trusted.status is CheckStatus.OK
    assert (await public(url, port=9)).status is CheckStatus.NOTE


async def test_a_silent_public_address_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "SELF_PROBE_SECONDS_MAX", 0.2)
    async with a_server(silent) as port:
        assert (
            "does not answer in time" in (await public(f"http://127.0.0.1:{port}", port=9)).message
        )


def test_secrets_are_not_shown_by_settings() -> None:
    settings = Settings(smtp_url=SecretStr("smtp://u:hush@h?from=a@example.org"))
    assert "hush" not in repr(settings)


async def test_what_hears_of_us_is_connected_to_and_its_secret_is_not_shown() -> None:
    async with a_server(silent) as port:
        settings = Settings(
            alert_webhook_url=SecretStr(f"http://127.0.0.1:{port}/hooks/secret"),
            alert_heartbeat_url=SecretStr("http://127.0.0.1:1/ping/secret"),
            otlp_endpoint="http://127.0.0.1:1",
        )
        webhook, heartbeat, collector = await check_receivers(settings)
    assert webhook == ok("told", f"127.0.0.1:{port} is reached (FULLHOUSE_ALERT_WEBHOOK_URL).")
    for found, name in ((heartbeat, "ALERT_HEARTBEAT_URL"), (collector, "OTLP_ENDPOINT")):
        assert found.status is CheckStatus.FAILED
        assert "refuses connections" in found.message
        assert found.message.endswith(f"(FULLHOUSE_{name})")
        assert "secret" not in found.message
    assert await check_receivers(Settings(otlp_endpoint=None)) == []
