"""A client of the API in this process: every layer but the socket."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from json import dumps
from typing import cast

import httpx
from tests.builders.business import Business
from tests.builders.notifications import handle_notifications
from tests.builders.site_client import PLAIN_URL, SiteTransport

from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.security.account_sessions import SESSION_COOKIE
from fullhouse.entrypoints.site import build_root_app, health_probe
from fullhouse.http.server.health import HealthProbe
from fullhouse.http.server.root_app import RootApp
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.people.model.roles import Role

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    json: Json

    @property
    def code(self) -> object:
        """The problem's code; None when it is no problem."""
        return self.json.get("code")


@dataclass(frozen=True, slots=True, repr=False)
class ApiClient:
    """The site of an installation, with an API key of one organisation."""

    app: Application
    business: Business
    root: RootApp
    health: HealthProbe
    shutdown: ShutdownSignal
    client: httpx.AsyncClient
    key: str
    org: str
    address: str = "127.0.0.1"

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """One request below `/api/v1/{org}`, or below the root with two slashes."""
        sent = dict(headers or {})
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        url = path.removeprefix("/") if path.startswith("//") else f"/api/v1/{self.org}{path}"
        if PLAIN_URL.fullmatch(url) and ("Cookie" in sent or not self.client.cookies):
            answer = await self._ask_plainly(method, url, json, sent, content)
        else:
            answer = await self.client.request(
                method, url, json=json, headers=sent, content=content
            )
        is_json = "json" in answer.headers.get("content-type", "")
        return Answer(
            answer.status_code,
            answer.headers,
            answer.content,
            cast("Json", answer.json()) if is_json and answer.content else {},
        )

    async def _ask_plainly(
        self,
        method: str,
        url: str,
        json: object,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> httpx.Response:
        sent = {"Host": self.client.base_url.host, **self.client.headers}
        if json is not None:
            sent["Content-Type"] = "application/json"
            content = dumps(
                json, ensure_ascii=False, separators=(",", ":"), allow_nan=False
            ).encode()
        if content is not None or method in {"POST", "PUT", "PATCH"}:
            sent["Content-Length"] = str(len(content or b""))
        transport = SiteTransport(self.root, self.address)
        raw = {
            name.lower().encode(): value.encode("ascii")
            for name, value in (sent | dict(headers)).items()
        }
        answer = await transport.ask_plainly(method, url, raw, content or b"")
        if "set-cookie" in answer.headers:
            answer.request = self.client.build_request(method, url)
            self.client.cookies.extract_cookies(answer)
        return answer

    def from_elsewhere(self, address: str = "192.0.2.7") -> "ApiClient":
        """The same site, asked by somebody at another network address."""
        return replace(self, client=a_client_of(self.root, address), address=address)

    async def get(self, path: str, *, key: str | None = None) -> Answer:
        return await self.ask("GET", path, key=key)

    async def post(
        self,
        path: str,
        json: object = None,
        *,
        key: str | None = None,
        once: str | None = None,
    ) -> Answer:
        """`once` is the Idempotency-Key."""
        headers = {} if once is None else {"Idempotency-Key": once}
        return await self.ask("POST", path, json=json, key=key, headers=headers)

    async def post_file(self, path: str, content: bytes, *, media_type: str) -> Answer:
        """Send a file as the owner."""
        headers = {"Content-Type": media_type}
        return await self.ask("POST", path, content=content, key=self.key, headers=headers)

    async def book(self, slot: SlotId, *, party: int = 2, name: str = "Ada Lovelace") -> Answer:
        """A confirmed booking of a guest."""
        answer = await self.post("/bookings", a_booking_body(slot, party=party, name=name))
        assert answer.status == 201, answer.body
        return answer

    async def staff_cookie(self, person: str = "Ada", *, role: Role = "owner") -> dict[str, str]:
        """The header of somebody who has signed in at the front desk."""
        people, context = self.app.people, RequestContext(OPERATOR, self.app.ids.uuid())
        async with self.app.unit_of_work(context, self.business.org_id) as uow:
            account_id = await people.grant_role(uow, name=person, role=role)
            link = await people.issue_sign_in_link(uow, account_id)
            token = await people.redeem_sign_in_link(uow, link.token)
        await handle_notifications(self.app)
        return {"Cookie": f"{SESSION_COOKIE.name}={token}"}


def a_booking_body(slot: SlotId, *, party: int = 2, name: str = "Ada Lovelace") -> Json:
    """The body of a booking."""
    return {"slot": str(slot), "party": party, "customer": a_customer_json(name)}


def a_customer_json(name: str = "Ada Lovelace") -> Json:
    return {"name": name, "email": f"{name.lower().replace(' ', '.')}@example.org"}


def token_of(booking: Answer) -> str:
    """The secret of a booking's own link."""
    url = booking.json["manage_url"]
    assert isinstance(url, str)
    return url.partition("?t=")[2]


async def an_api_client(app: Application, business: Business, *, org: str = "meadow") -> ApiClient:
    """ApiClient for a business of this app, with a key of its own."""
    shutdown = ShutdownSignal()
    health = health_probe(app, shutdown)
    root = build_root_app(app, health, shutdown)
    context = RequestContext(OPERATOR, app.ids.uuid())
    async with app.unit_of_work(context, business.org_id) as uow:
        issued = await app.people.issue_api_key(uow, name="Website", scope="manage")

    client = a_client_of(root, "127.0.0.1")
    return ApiClient(app, business, root, health, shutdown, client, issued.secret, org)


def a_client_of(root: RootApp, address: str) -> httpx.AsyncClient:
    """A client of the site with this network address."""
    transport = SiteTransport(root, address)
    return httpx.AsyncClient(transport=transport, base_url="http://book.example.org")
