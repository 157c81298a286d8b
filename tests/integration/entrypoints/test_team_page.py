"""The team page: the owner invites, gives roles and removes; nobody else does."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode
from uuid import UUID

import pytest
from tests.builders.account_emails import sent_account_emails
from tests.builders.accounts import a_person
from tests.builders.api_client import Answer, ApiClient

from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.limits import INVITATIONS_TO_ADDRESS_A_DAY_MAX
from fullhouse.people.model import AccountId
from fullhouse.people.model.account_acts import AccountAct
from fullhouse.people.reads.profiles import account_profile
from fullhouse.people.reads.team import TeamEntry, team

FORM = {"content-type": "application/x-www-form-urlencoded"}

LINK = re.compile(r"https?://[^/\s]+(/admin/invitation/[\w-]{43})")


async def send(api: ApiClient, path: str, language: str = "en", /, **fields: str) -> Answer:
    cookie = await api.staff_cookie("Olaf")
    return await api.ask(
        "POST",
        f"//admin/{api.org}/team{path}",
        content=urlencode(fields).encode(),
        headers={**FORM, **cookie, "accept-language": language},
    )


async def page(api: ApiClient, path: str = "") -> str:
    cookie = await api.staff_cookie("Olaf")
    answer = await api.ask("GET", f"//admin/{api.org}/team{path}", headers=cookie)
    assert answer.status == 200, answer.body
    return unescape(answer.body.decode())


def problem_of(answer: Answer, field: str) -> str:
    """The sentence beside a field."""
    shown = unescape(answer.body.decode())
    found = re.search(rf'id="{field}-problem"[^>]*>(.*?)</p>', shown, re.DOTALL)
    assert found is not None, shown
    return found[1]


async def entries(api: ApiClient) -> dict[str, TeamEntry]:
    async with api.app.database.session() as session:
        found = await team(session, api.business.org_id, now=api.app.clock.now())
    return {entry.title: entry for entry in found}


@pytest.fixture
async def rosa(mailing: ApiClient) -> AccountId:
    await mailing.staff_cookie("Olaf")
    return await a_person(mailing.app, mailing.business.org_id, role="staff")


async def test_owner_invites_and_takes_the_invitation_back(
    mailing: ApiClient, rosa: AccountId
) -> None:
    answer = await send(mailing, "/new", email="Nina@example.org", role="admin")
    assert answer.status == 303, unescape(answer.body.decode())
    (email,) = await sent_account_emails(mailing.app)
    assert email.recipient == "nina@example.org"
    shown = await page(mailing)
    assert "nina@example.org" in shown
    assert "Invited" in shown
    assert "Rosa" in shown
    entry = (await entries(mailing))["nina@example.org"]
    removed = await send(mailing, "/remove", **{f"row.{entry.entry_id}": "1"})
    assert removed.status == 303
    assert set(await entries(mailing)) == {"Olaf", "Rosa"}
    assert isinstance(rosa, UUID)


async def test_address_that_is_none_or_works_here_is_refused_beside_its_field(
    mailing: ApiClient, rosa: AccountId
) -> None:
    assert isinstance((await entries(mailing))["Rosa"].entry_id, type(rosa))
    for address, said in {
        "rosa@example.org": "Jemand mit dieser Adresse arbeitet schon hier.",
        "nobody": "wie name@example.com",
        "": "wie name@example.com",
    }.items():
        answer = await send(mailing, "/new", "de", email=address, role="admin")
        assert answer.status == 422
        assert said in problem_of(answer, "email")
        assert f'value="{address}"' in answer.body.decode()
        assert re.search(r'value="admin"[^>]* selected', answer.body.decode())
    assert await sent_account_emails(mailing.app) == []


async def test_who_has_invited_too_often_is_told_so_beside_what_was_typed(
    mailing: ApiClient, rosa: AccountId
) -> None:
    assert isinstance(rosa, UUID)
    for _ in range(INVITATIONS_TO_ADDRESS_A_DAY_MAX):
        assert (await send(mailing, "/new", email="nina@example.org", role="staff")).status == 303
    again = await send(mailing, "/new", "de", email="nina@example.org", role="admin")
    assert again.status == 422
    assert "Laden Sie morgen wieder ein." in problem_of(again, "email")
    assert 'value="nina@example.org"' in again.body.decode()
    entry = (await entries(mailing))["nina@example.org"]
    edited = await send(mailing, f"/{entry.entry_id}/edit", role="admin", version="1")
    assert edited.status == 422
    assert "Invite again tomorrow." in problem_of(edited, "role")


async def test_owner_gives_another_role_and_removes(mailing: ApiClient, rosa: AccountId) -> None:
    assert "Staff: runs the day" in await page(mailing, f"/{rosa}")
    edited = await send(mailing, f"/{rosa}/edit", role="admin", version="1")
    assert edited.status == 303, unescape(edited.body.decode())
    assert (await entries(mailing))["Rosa"].role == "admin"
    await send(mailing, "/remove", **{f"row.{rosa}": "1"})
    assert set(await entries(mailing)) == {"Olaf"}


async def test_last_owner_is_neither_removed_nor_made_less(
    mailing: ApiClient, rosa: AccountId
) -> None:
    olaf = (await entries(mailing))["Olaf"].entry_id
    assert rosa != olaf
    refused = await send(mailing, f"/{olaf}/edit", role="staff", version="1")
    assert refused.status == 422
    assert "A business needs an owner" in unescape(refused.body.decode())
    kept = await send(mailing, "/remove", **{f"row.{olaf}": "1"})
    assert "A business needs an owner" in unescape(kept.body.decode())
    assert (await entries(mailing))["Olaf"].role == "owner"


async def test_entry_of_another_business_or_of_none_is_not_found(
    mailing: ApiClient, rosa: AccountId
) -> None:
    cookie = await mailing.staff_cookie("Olaf")
    for key in ("nonsense", str(mailing.app.ids.uuid())):
        path = f"//admin/{mailing.org}/team/{key}"
        assert (await mailing.ask("GET", path, headers=cookie)).status == 404
    assert isinstance(rosa, UUID)


def link_in(answer: Answer) -> str:
    """The path of the invitation that the page hands out."""
    assert answer.status == 200, unescape(answer.body.decode())
    assert answer.headers["cache-control"] == "no-store"
    found = LINK.search(unescape(answer.body.decode()))
    assert found is not None
    return found[1]


async def accept(api: ApiClient, path: str, *, name: str = "Nina") -> Answer:
    content = urlencode({"name": name, "password": "a lantern in the old barn"}).encode()
    return await api.ask("POST", f"/{path}", content=content, headers=FORM)


async def test_without_a_mail_server_the_owner_hands_the_link_over(api: ApiClient) -> None:
    assert "a link for you to hand over" in await page(api, "/new")
    fields = {"email": "nina@example.org", "role": "admin", "submission_id": "once"}
    path = link_in(await send(api, "/new", **fields))
    assert await sent_account_emails(api.app) == []  # it would end the link that was shown
    again = await send(api, "/new", **fields)
    assert (again.status, LINK.search(again.body.decode())) == (200, None)
    assert "make another one" in unescape(again.body.decode())
    form = re.search(r'button main" href="/admin/[^/]+/team([^"]+)"', again.body.decode())
    assert form is not None
    assert 'value="nina@example.org"' in await page(api, unescape(form[1]))
    assert path.rpartition("/")[2] not in await page(api)
    assert (await accept(api, path)).status == 303
    assert (await accept(api, path)).status == 410
    nina = (await entries(api))["Nina"]
    assert (nina.role, nina.is_member) == ("admin", True)


async def test_address_of_a_link_that_was_handed_over_is_not_proven(
    api: ApiClient, mailing: ApiClient
) -> None:
    await accept(api, link_in(await send(api, "/new", email="nina@example.org", role="staff")))
    await send(mailing, "/new", email="mia@example.org", role="staff")
    (email,) = await sent_account_emails(mailing.app)
    found = LINK.search(email.text)
    assert found is not None
    await accept(mailing, found[1], name="Mia")
    everybody = await entries(api)
    async with api.app.database.session() as session:
        nina, mia = [
            await account_profile(session, AccountId(everybody[name].entry_id))
            for name in ("Nina", "Mia")
        ]
    assert nina is not None
    assert mia is not None
    assert (nina.email_verified_at is None, mia.email_verified_at is None) == (True, False)


async def test_another_role_and_another_invitation_end_the_link_of_before(api: ApiClient) -> None:
    first = link_in(await send(api, "/new", email="nina@example.org", role="staff"))
    entry = (await entries(api))["nina@example.org"]
    second = link_in(await send(api, f"/{entry.entry_id}/edit", role="admin", version="1"))
    third = link_in(await send(api, "/new", email="nina@example.org", role="staff"))
    assert [(await accept(api, path)).status for path in (first, second)] == [410, 410]
    assert (await accept(api, third)).status == 303
    assert (await entries(api))["Nina"].role == "staff"


async def test_owner_signs_a_member_out_of_her_business(
    mailing: ApiClient, rosa: AccountId, clock: ManualClock
) -> None:
    cookie = await mailing.staff_cookie("Rosa", role="staff")
    today = f"//admin/{mailing.org}/today"
    assert (await mailing.ask("GET", today, headers=cookie)).status == 200
    clock.advance(timedelta(seconds=1))
    assert "Sign out on all devices" in await page(mailing, f"/{rosa}")
    assert (await send(mailing, f"/{rosa}/sign-out")).status == 303
    led = await mailing.ask("GET", today, headers=cookie)
    assert led.status == 303
    assert led.headers["location"].startswith("/admin/sign-in?next=")
    assert (await mailing.ask("GET", "/bookings", headers=cookie)).status == 401
    (*_, told) = await sent_account_emails(mailing.app)
    assert told.subject == "You have been signed out at Meadow Farm"
    assert "Sessions of a person ended" in await audit(mailing)


async def test_who_was_only_invited_is_not_signed_out(mailing: ApiClient, rosa: AccountId) -> None:
    assert isinstance(rosa, UUID)
    await send(mailing, "/new", email="nina@example.org", role="staff")
    entry = (await entries(mailing))["nina@example.org"]
    assert "Sign out on all devices" not in await page(mailing, f"/{entry.entry_id}")
    refused = await send(mailing, "/sign-out", **{f"row.{entry.entry_id}": "1"})
    assert "Remove the invitation instead" in unescape(refused.body.decode())
    assert (await send(mailing, f"/{mailing.app.ids.uuid()}/sign-out")).status == 404


async def test_member_whose_account_is_disabled_is_shown_as_such(
    mailing: ApiClient, rosa: AccountId
) -> None:
    context = RequestContext(OPERATOR, mailing.app.ids.uuid())
    async with mailing.app.unit_of_work(context, INSTALLATION) as uow:
        await mailing.app.people.operate_account(uow, rosa, AccountAct.DISABLE)
    assert "Account disabled" in await page(mailing)


async def audit(api: ApiClient) -> str:
    cookie = await api.staff_cookie("Olaf")
    answer = await api.ask("GET", f"//admin/{api.org}/audit", headers=cookie)
    return unescape(answer.body.decode())
