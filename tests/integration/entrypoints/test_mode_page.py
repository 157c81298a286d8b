"""`/admin/mode`: the operator sets what works, and what visitors, staff and operators then see."""

import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode
from uuid import UUID

import pytest
from tests.builders.accounts import PASSWORD, WRONG, a_sign_in
from tests.builders.api_client import Answer, ApiClient, a_booking_body

from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.resilience.operating_mode import ModeSetting, OperatingMode

FORM = {"content-type": "application/x-www-form-urlencoded"}
IDA = "ida@example.org"


@pytest.fixture
async def cookie(mailing: ApiClient) -> Mapping[str, str]:
    """The browser of Ida, who runs the installation and works for no business."""
    app, context = mailing.app, RequestContext(OPERATOR, mailing.app.ids.uuid())
    hashed = await app.accounts.hash_new_password(PASSWORD)
    async with app.unit_of_work(context, INSTALLATION) as uow:
        account_id = await app.people.add_account(uow, name="Ida", email=IDA)
        await app.people.set_operator(uow, account_id, is_operator=True)
        await app.accounts.set_password(uow, account_id, hashed)
    token = (await a_sign_in(app, IDA)).session.token
    return {"Cookie": f"fullhouse_session={token}"}


async def send(api: ApiClient, cookie: Mapping[str, str], **fields: str) -> Answer:
    content = urlencode({"mode_current": PASSWORD, "reason": "The barn.", **fields}).encode()
    answer = await api.ask("POST", "//admin/mode", content=content, headers={**FORM, **cookie})
    await api.app.mode_follower.refresh()
    return answer


async def test_operator_closes_the_site_for_all_but_operators(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    slot = await mailing.business.a_slot(starts_in=timedelta(hours=3))
    listed = await mailing.ask("GET", "//admin", headers=cookie)
    assert 'href="/admin/mode"' in listed.body.decode()
    done = await send(mailing, cookie, mode="maintenance", minutes="30")
    text = unescape(done.body.decode())
    assert done.status == 200
    assert "Maintenance: visitors are asked to come back soon (30 minutes left). The barn." in text

    guest = await mailing.get("//meadow")
    assert (guest.status, guest.headers["retry-after"]) == (503, "60")
    assert "We'll be back soon" in unescape(guest.body.decode())
    assert "The barn." not in guest.body.decode()
    assert "only operators" not in guest.body.decode()
    booked = await mailing.post("/bookings", a_booking_body(slot))
    assert (booked.status, booked.code, booked.json["mode"]) == (
        503,
        "service_unavailable",
        "maintenance",
    )
    attempt = {"method": "POST", "route": "/api/v1/{org}/bookings"}
    value = mailing.app.metrics.registry.get_sample_value
    assert value("fullhouse_mode_refusals_total", attempt) == 1, "held against nothing"
    staff = await mailing.staff_cookie("Olaf")
    assert (await mailing.ask("GET", "//admin/meadow/today", headers=staff)).status == 503
    await mailing.health.check()
    for path in ("//livez", "//readyz", "//admin/sign-in", "//static/none.css"):
        assert (await mailing.get(path)).status != 503, path
    seen = await mailing.ask("GET", "//meadow", headers=cookie)
    assert seen.status == 200
    assert "Maintenance is on: only operators can use this site." in seen.body.decode()
    done = await send(mailing, cookie, mode="full")
    assert "Everything works. The barn." in done.body.decode()
    assert (await mailing.get("//meadow")).status == 200
    assert (await mailing.post("/bookings", a_booking_body(slot))).status == 201


async def test_each_mode_leaves_what_matters_more(mailing: ApiClient) -> None:
    slot = await mailing.business.a_slot(starts_in=timedelta(hours=3), capacity=20)
    staff = await mailing.staff_cookie("Olaf")
    for mode, season, reading, booking in (
        (OperatingMode.FULL, 200, 200, 201),
        (OperatingMode.ESSENTIAL, 503, 200, 201),
        (OperatingMode.READ_ONLY, 503, 200, 503),
        (OperatingMode.MAINTENANCE, 503, 503, 503),
    ):
        mailing.app.modes.set(ModeSetting(mode))
        shown = await mailing.ask("GET", "//admin/meadow/season", headers=staff)
        read = await mailing.get("/offerings/sunflowers/availability")
        name = f"Ada {mode.name.title()}"
        booked = await mailing.post("/bookings", a_booking_body(slot, name=name))
        assert (shown.status, read.status, booked.status) == (season, reading, booking), mode


async def test_mode_is_set_with_the_password_a_reason_and_a_time_that_can_be(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    assert (await mailing.ask("GET", "//admin/mode", headers=cookie)).status == 200
    for wrong, problem in (
        ({"mode_current": WRONG}, "This is not your current password."),
        ({"reason": " "}, "One line of at most 200 characters."),
        ({"minutes": "0"}, "A whole number from 1 to 10080."),
        ({"minutes": "some"}, "A whole number from 1 to 10080."),
    ):
        refused = await send(mailing, cookie, **{"mode": "maintenance", **wrong})
        assert refused.status == 422
        assert problem in refused.body.decode().replace("\N{NO-BREAK SPACE}", "").replace(",", "")
        assert mailing.app.modes.mode is OperatingMode.FULL
    staff = await mailing.staff_cookie("Olaf")
    assert (await mailing.ask("GET", "//admin/mode", headers=staff)).status == 403


async def test_operator_keeps_the_circuit_of_a_service_open_by_a_page(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    async def keep(**fields: str) -> Answer:
        content = urlencode({"circuits_current": PASSWORD, "reason": "They move.", **fields})
        return await mailing.ask(
            "POST", "//admin/circuits", content=content.encode(), headers={**FORM, **cookie}
        )

    breaker = mailing.app.breakers.of("mail-server")
    shown = await mailing.ask("GET", "//admin/circuits", headers=cookie)
    assert "mail-server: called" in shown.body.decode()
    for wrong in ({"service": "pigeon"}, {"reason": ""}, {"circuits_current": WRONG}):
        assert (await keep(**{"service": "mail-server", **wrong})).status == 422
    done = await keep(service="mail-server", act="open", minutes="120")
    assert "mail-server: not called (120 minutes left)" in done.body.decode()
    await mailing.app.breakers.refresh()
    assert breaker.is_held()
    assert breaker.circuit.reason == "They move."
    done = await keep(service="mail-server", act="release")
    assert "mail-server: called" in done.body.decode()
    await mailing.app.breakers.refresh()
    assert not breaker.is_open


async def test_operator_rolls_a_feature_out_and_takes_it_from_all_by_a_page(
    mailing: ApiClient, cookie: Mapping[str, str]
) -> None:
    async def order(**fields: str) -> Answer:
        sent = {"flags_current": PASSWORD, "reason": "Try it.", "flag": "return-addresses"}
        return await mailing.ask(
            "POST",
            "//admin/flags",
            content=urlencode({**sent, **fields}).encode(),
            headers={**FORM, **cookie},
        )

    flags = mailing.app.flags
    shown = await mailing.ask("GET", "//admin/flags", headers=cookie)
    assert "Return addresses: 100%" in shown.body.decode()
    for wrong in ({"flag": "new-way"}, {"reason": ""}, {"flags_current": WRONG}):
        assert (await order(**wrong)).status == 422
    done = await order(act="start")
    assert "Return addresses: 10%, more to come" in done.body.decode()
    await flags.refresh()
    state = flags.state("return-addresses")
    assert (state.percent, state.is_rolling, state.reason) == (10, True, "Try it.")
    for subject in range(200):
        flags.observe(
            "return-addresses", mailing.business.org_id, UUID(int=subject), succeeded=True
        )
    await flags.refresh()
    seen = (await mailing.ask("GET", "//admin/flags", headers=cookie)).body.decode()
    assert re.search(r"With it 0 of \d+ failed, without it 0 of 1\d\d\.", seen)
    assert "Return addresses: 0%" in (await order(act="off")).body.decode()
    staff = await mailing.staff_cookie("Olaf")
    assert (await mailing.ask("GET", "//admin/flags", headers=staff)).status == 403


async def test_webhooks_of_providers_wait_where_bookings_do_and_health_is_told_in_every_mode(
    mailing: ApiClient,
) -> None:
    path = "/incoming-webhooks/delivery-reports"
    assert (await mailing.post(path, {})).status == 404
    mailing.app.modes.set(ModeSetting(OperatingMode.MAINTENANCE))
    await mailing.health.reports.health.check()
    assert (await mailing.post(path, {})).status == 503
    assert (await mailing.get("//api/health/notifications")).status == 200
