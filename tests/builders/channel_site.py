"""A business whose messages a real worker sends by gateways of its own and a mail server."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from msgspec import structs
from pydantic import SecretStr
from tests.builders.api_client import Answer, ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_business, a_guest
from tests.builders.mail_server import Postmaster, a_mail_server
from tests.builders.webhook_receiver import Received, Receiver, a_receiver

from fullhouse.bootstrap.application import Application, open_application
from fullhouse.kernel.clock import SystemClock
from fullhouse.settings import Settings
from fullhouse.storage.sealing import new_key


@dataclass(slots=True)
class ChannelSite:
    """`gateway` receives what goes by Make.com and as SMS, `postmaster` what goes by mail."""

    app: Application
    api: ApiClient
    business: Business
    gateway: Receiver
    postmaster: Postmaster
    addresses: list[str] = field(default_factory=list)
    """Of the guests, in the order of their bookings."""

    async def ask(self, method: str, path: str, json: object = None) -> Answer:
        return await self.api.ask(method, path, json=json, key=self.api.key)

    async def set_up(self, channel: str = "make", **fields: object) -> Answer:
        """Set the gateway up as a channel."""
        body = {"url": self.gateway.url, "key": "k-1", **fields}
        answer = await self.ask("PUT", f"/channels/{channel}", body)
        assert answer.status == 200, answer.body
        return answer

    async def channel(self, name: str = "make") -> Mapping[str, object]:
        found = (await self.ask("GET", "/channels")).json["channels"]
        assert isinstance(found, list)
        (channel,) = (one for one in found if one["channel"] == name)
        assert isinstance(channel, dict)
        return channel

    async def book(self, count: int = 1, *, phone: str = "") -> list[Answer]:
        """Bookings of as many guests, each with an address of its own."""
        slot = await self.business.a_slot(capacity=2_000)
        booked = []
        for number in range(count):
            self.addresses.append(f"ada{number}.{slot}@farm.example")
            customer = {"name": "Ada Lovelace", "email": self.addresses[-1]}
            if phone:
                customer["phone"] = phone
            booking = {"slot": str(slot), "party": 1, "customer": customer}
            booked.append(await self.ask("POST", "/bookings", booking))
            assert booked[-1].status == 201, booked[-1].body
        return booked

    async def book_many(self, count: int) -> None:
        """As many bookings, faster than one client may send them."""
        slot = await self.business.a_slot(capacity=2_000)
        addresses = [f"ada{number}.{slot}@farm.example" for number in range(count)]
        self.addresses.extend(addresses)
        place, org_id = self.app.booking.place_booking, self.business.org_id
        async with asyncio.TaskGroup() as group:
            for address in addresses:
                request = a_booking_of(slot, name="Ada Lovelace")
                customer = structs.replace(request.customer, email=address)
                request = structs.replace(request, customer=customer)
                group.create_task(place(org_id, request, context=a_guest()))

    async def acknowledge(self, received: Received, **said: object) -> Answer:
        """What the scenario says of a message that it received."""
        url = str(received.json["acknowledge_url"])
        path = "/" + url[url.index("/api/") :]
        return await self.api.ask("POST", path, json=said)

    async def statuses(self, *only: str) -> Counter[str]:
        """How many messages have each status, by what they went; only those of some statuses."""
        rows = await self.rows("SELECT status, route FROM message")
        return Counter(
            f"{row['status']} {row['route']}".strip()
            for row in rows
            if not only or row["status"] in only
        )

    async def until(self, *, hurry: bool = False, **expected: int) -> None:
        """Wait until so many messages have each status; `sent_smtp` went by the mail server."""
        wanted = {name.replace("_by_", " "): count for name, count in expected.items()}
        async with asyncio.timeout(60):
            while await self.statuses() != wanted:
                if hurry:
                    await self.hurry()
                await asyncio.sleep(0.05)

    async def hurry(self) -> None:
        """Let what waits for its time be due now."""
        await self.sql("UPDATE effect SET due_at = now() WHERE status = 'due' AND due_at > now()")
        await self.sql("SELECT pg_notify('fullhouse_effects', '')")

    async def close_circuits(self) -> None:
        """As an operator does who knows that the services work again."""
        circuits = self.app.breakers.circuits
        for circuit in await circuits.read():
            closed = structs.replace(circuit, is_open=False, hold_seconds=0.0)
            while circuit.is_open and await circuits.change(closed) is None:
                (closed,) = (
                    structs.replace(one, is_open=False, hold_seconds=0.0)
                    for one in await circuits.read()
                    if one.name == circuit.name
                )

    async def rows(self, statement: str) -> list[dict[str, object]]:
        async with self.app.database.unrestricted.session() as session:
            return [dict(row) for row in await session.connection.fetch(statement)]

    async def sql(self, statement: str) -> None:
        async with self.app.database.unrestricted.transaction() as session:
            await session.connection.execute(statement)


@asynccontextmanager
async def a_channel_site(
    database_url: str, *, has_mail_server: bool = True
) -> AsyncIterator[ChannelSite]:
    """Without a worker; `webhook_site.working` runs one."""
    async with a_mail_server(Postmaster()) as postmaster, a_receiver(Receiver()) as gateway:
        settings = Settings(
            webhook_networks=("127.0.0.1",),
            encryption_key=SecretStr(new_key()),
            smtp_url=SecretStr(postmaster.url) if has_mail_server else None,
        )
        async with open_application(
            settings, database_url, name="test", clock=SystemClock()
        ) as app:
            business = await a_business(app.database, app.clock, app.ids)
            api = await an_api_client(app, business)
            async with api.client:
                yield ChannelSite(app, api, business, gateway, postmaster)
