"""Personal data and secrets are in no log line, metric, event or job, whatever goes wrong.

Values that stand nowhere else are driven through the product, by way of its errors too. Then all
that operators read is searched for them.
"""

import base64
import io
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
from tests.builders.api_client import Answer, ApiClient, an_api_client, token_of
from tests.builders.business import Business
from tests.builders.mail_site import MailSite, a_mail_site

from fullhouse.booking.errors import BookingError
from fullhouse.booking.model.slot import SlotId
from fullhouse.bootstrap.application import Application
from fullhouse.telemetry.log import start_logging

pytestmark = pytest.mark.timeout(120)

NAME = "Canaria Kanarienvogel"
PHONE = "+442079460958"
COOKIE = "canary-cookie-4711"
BEARER = "fh_canary_bearer_4711"
SENT = "canary.sent@example.org"
REFUSED = "canary.refused@example.org"
DEFERRED = "canary.deferred@example.org"
LATER = "canary.later@example.org"
POLICY = "canary.policy@example.org"
UMLAUT = "canary.j\u00f6rg@example.org"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


async def book(site: MailSite, slot: SlotId, email: str) -> Answer:
    customer = {"name": NAME, "email": email, "phone": PHONE}
    answer = await site.api.ask(
        "POST",
        "/bookings",
        json={"slot": str(slot), "party": 1, "customer": customer},
        headers={"Cookie": f"session={COOKIE}"},
    )
    assert answer.status == 201, answer.body
    refused = await site.api.ask("POST", f"/bookings?canary={quote(email)}", json={})
    assert refused.status == 422, "an unknown parameter, which is in the path that is logged"
    return answer


async def send_mails(site: MailSite) -> list[str]:
    """Each outcome that a mail can have; returns the secrets of the bookings."""
    postmaster = site.postmaster
    postmaster.answers_to[REFUSED] = f"550 5.1.1 <{REFUSED}> {NAME} unknown"
    postmaster.answers_to[DEFERRED] = f"450 4.2.1 <{DEFERRED}> {NAME} later"
    slot = await site.api.business.a_slot(starts_in=timedelta(days=8))
    bookings = [await book(site, slot, email) for email in (SENT, REFUSED)]
    await site.settle()
    postmaster.answer = f"554 5.7.1 {NAME} <{POLICY}> not wanted"
    bookings.append(await book(site, slot, POLICY))
    await site.settle()
    postmaster.answer = f"451 4.3.0 {NAME} <{SENT}> try later"
    bookings += [await book(site, slot, DEFERRED), await book(site, slot, LATER)]
    async with site.app.database.unrestricted.session() as session:
        while (
            await session.connection.fetchval(
                "SELECT count(*) FROM effect WHERE status = 'due' AND attempts > 0"
            )
            < 2
        ):
            await session.connection.execute("SELECT pg_sleep(0.05)")
    return [secret for one in bookings for secret in (token_of(one), str(one.json["ref"]))]


async def ask_wrongly(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Requests that fail by our fault and by theirs; returns the secrets in them.

    The id of a hold is one as long as it is held; of events and jobs it is the subject.
    """
    slot = str(await api.business.a_slot())
    hold = str((await api.post("/holds", {"slot": slot, "party": 1})).json["id"])
    link = "canary-sign-in-token-4711"
    for path in (f"//admin/enter/{link}", f"/bookings/CANARY44?token={link}", f"/canary/{link}"):
        await api.ask("GET", path, headers={"Cookie": f"fullhouse_staff={COOKIE}"})
    for wrong in (f"{SENT}@@", UMLAUT):
        customer = {"name": NAME, "email": wrong, "phone": PHONE}
        await api.post("/bookings", {"slot": slot, "party": 1, "customer": customer})
    await api.ask("GET", "/bookings", headers={"Authorization": f"Bearer {BEARER}"})
    basic = base64.b64encode(f"canary:{COOKIE}".encode()).decode()
    await api.ask("GET", "/bookings", headers={"Authorization": f"Basic {basic}"})

    async def fail(*_args: object, **_kwargs: object) -> None:
        raise ValueError(f"{NAME} <{SENT}> {PHONE} {hold} {BEARER} {COOKIE}")

    async def refuse(*_args: object, **_kwargs: object) -> None:
        raise BookingError(f"{NAME} <{SENT}> {PHONE} {hold}")

    customer = {"name": NAME, "email": SENT, "phone": PHONE}
    for broken in (fail, refuse):
        with monkeypatch.context() as patched:
            patched.setattr(type(api.app.booking.confirm_hold.updater.ledger), "submit", broken)
            await api.post("/bookings", {"slot": slot, "party": 1, "customer": customer})
            await api.ask("DELETE", f"/holds/{hold}")
            await api.ask(
                "POST",
                f"//{api.org}/sunflowers/holds/{hold}",
                headers=FORM,
                content=urlencode(customer).encode(),
            )
    return [link, basic, hold]


async def test_no_canary_is_in_logs_metrics_events_or_jobs(
    api: ApiClient,
    app: Application,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.StringIO()
    logs = start_logging(form="json", level="debug", stream=stream)
    logging.getLogger("mail").setLevel(logging.ERROR)  # the test's mail server shares our process
    try:
        async with a_mail_site(api, app) as site:
            secrets = [*await send_mails(site), *await ask_wrongly(api, monkeypatch)]
    finally:
        logs.close()
    metrics = (await api.get("//metrics")).body.decode()
    async with app.database.unrestricted.session() as session:
        jobs = await session.connection.fetchval(
            "SELECT string_agg(effect::text, E'\\n') FROM effect"
        )
        events = await session.connection.fetchval(
            "SELECT string_agg(event::text, E'\\n') FROM event"
        )
    log = stream.getvalue()
    assert log.count("http.request_failed") + log.count("http.page_failed") >= 3
    assert "RecipientRejected 550 5.1.1" in log
    assert "EmailRejected 554 5.7.1" in log
    assert "MailServerUnavailable 451 4.3.0" in jobs
    seen = {"log": log, "metrics": metrics, "jobs": jobs, "events": events}
    *secrets, hold = secrets
    assert hold not in log + metrics
    canaries = ("canary", "kanarienvogel", PHONE, "2079460958", "not wanted", api.key, *secrets)
    found = [
        (place, canary)
        for place, text in seen.items()
        for canary in canaries
        if canary.lower() in text.lower()
    ]
    assert found == []
