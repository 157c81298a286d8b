"""The running sandbox: all providers over HTTP on one port, SMTP on the next, and their control."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Final

from aiohttp import web
from msgspec import Struct

from fullhouse.kernel.clock import Clock
from fullhouse.sandbox.calcom import CalcomService
from fullhouse.sandbox.caldav import CaldavService
from fullhouse.sandbox.callbacks import Callbacks
from fullhouse.sandbox.control import Control, only_known_hosts, only_same_origin
from fullhouse.sandbox.faulty import add_routes
from fullhouse.sandbox.limits import REQUEST_BYTES_MAX
from fullhouse.sandbox.listening import Listeners
from fullhouse.sandbox.make import MakeService
from fullhouse.sandbox.program import ProgramService
from fullhouse.sandbox.provider import Provider, Service
from fullhouse.sandbox.retell import RetellService
from fullhouse.sandbox.sms import SmsService
from fullhouse.sandbox.smtp import SmtpService
from fullhouse.sandbox.square import SquareService
from fullhouse.sandbox.stripe import StripeService

_SHUTDOWN_SECONDS: Final = 0.2


class SandboxOptions(Struct, frozen=True):
    """`seed` decides ids and chances; `is_open` serves and calls other machines than this one."""

    seed: int = 1
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The providers by name."""

    services: Mapping[str, Service]
    smtp: SmtpService


@asynccontextmanager
async def running_sandbox(
    listeners: Listeners, clock: Clock, options: SandboxOptions
) -> AsyncIterator[Sandbox]:
    """ProviderAnswer on the two listening sockets while the block lasts."""
    chance = Random(options.seed)  # noqa: S311 - replayable faults, not a secret
    async with Callbacks(clock, anywhere=options.is_open) as callbacks:
        sandbox = _build(clock, chance, callbacks)
        app = web.Application(client_max_size=REQUEST_BYTES_MAX, middlewares=[only_same_origin])
        if not options.is_open:
            app.middlewares.append(only_known_hosts)
        app.router.add_routes(Control(sandbox.services).routes())
        for service in sandbox.services.values():
            add_routes(app, service)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        loop = asyncio.get_running_loop()
        mail = await loop.create_server(sandbox.smtp.connection, sock=listeners.smtp)
        try:
            await web.SockSite(runner, listeners.http).start()
            yield sandbox
        finally:
            mail.close()
            await runner.cleanup()


def _build(clock: Clock, chance: Random, callbacks: Callbacks) -> Sandbox:
    def provider(name: str, title: str) -> Provider:
        random = Random(chance.getrandbits(64))  # noqa: S311 - replayable faults, not a secret
        return Provider(name, title, clock, random, callbacks)

    smtp = SmtpService(provider("smtp", "Mail server"))
    services: list[Service] = [
        MakeService(provider("make", "Make.com")),
        SmsService(provider("sms", "SMS gateway")),
        smtp,
        SquareService(provider("square", "Square")),
        StripeService(provider("stripe", "Stripe")),
        CalcomService(provider("calcom", "Cal.com")),
        CaldavService(provider("caldav", "CalDAV")),
        RetellService(provider("retell", "Retell's caller")),
        ProgramService(provider("program", "A program of a business")),
    ]
    return Sandbox({service.provider.name: service for service in services}, smtp)
