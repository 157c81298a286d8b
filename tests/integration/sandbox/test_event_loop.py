"""The sandbox on the event loop that commands run on: its transports are not those of asyncio."""

import aiohttp
import aiosmtplib
import pytest
import uvloop
from tests.builders.sandbox import RunningSandbox, a_sandbox

MAIL = b"Subject: Booked\r\nTo: ada@example.org\r\n\r\nCome.\r\n"


async def mail_to(box: RunningSandbox) -> None:
    await aiosmtplib.send(
        MAIL,
        sender="bookings@farm.example",
        recipients=["ada@example.org"],
        hostname="127.0.0.1",
        port=int(box.addresses.smtp.rpartition(":")[2]),
        timeout=5,
    )


def test_mails_arrive_and_connections_are_reset() -> None:
    async def main() -> None:
        async with a_sandbox() as box:
            await mail_to(box)
            assert [one.subject for one in await box.messages("smtp")] == ["Booked"]
            for mode in ("reset", "down"):
                await box.set("smtp", mode=mode)
                with pytest.raises((aiosmtplib.SMTPException, OSError)):
                    await mail_to(box)
            await box.set("make", mode="reset")
            with pytest.raises(aiohttp.ClientError):
                await box.post(box.addresses.make_hook, {})
            await box.set("smtp", mode="timeout_after_effect")
            with pytest.raises((aiosmtplib.SMTPException, OSError)):
                await mail_to(box)
            assert len(await box.messages("smtp")) == 2

    uvloop.run(main())
