"""Pages of webhooks: an owner adds one, sees how it goes and what was sent, and ends it."""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlencode

import pytest
from tests.builders.api_client import Answer, ApiClient
from tests.builders.webhook_receiver import Receiver, a_receiver
from tests.builders.webhook_site import WebhookSite, a_webhook_site, working

from fullhouse.messages.limits import WEBHOOK_ENDPOINTS_MAX
from fullhouse.people.model.roles import Role

pytestmark = pytest.mark.timeout(60)

FORM = {"content-type": "application/x-www-form-urlencoded"}
URL = "https://example.org/hooks"


async def send(
    api: ApiClient, path: str, fields: Mapping[str, str] | None = None, *, role: Role = "owner"
) -> Answer:
    cookie = await api.staff_cookie(role, role=role)
    return await api.ask(
        "POST",
        f"//admin/{api.org}/webhooks{path}",
        content=urlencode(fields or {}).encode(),
        headers={**FORM, **cookie},
    )


async def page(api: ApiClient, path: str = "", *, language: str = "en") -> str:
    cookie = await api.staff_cookie("owner")
    answer = await api.ask(
        "GET",
        f"//admin/{api.org}/webhooks{path}",
        headers={**cookie, "accept-language": language},
    )
    assert answer.status == 200, answer.body
    return unescape(answer.body.decode())


async def added(api: ApiClient, *kinds: str) -> str:
    """The id of a new one."""
    chosen = {f"kinds.{kind}": "yes" for kind in kinds}
    answer = await send(api, "/new", {"url": URL, "enabled": "yes", **chosen})
    assert answer.status == 303, unescape(answer.body.decode())
    return answer.headers["location"].split("?")[0].rpartition("/")[2]


async def test_an_owner_adds_one_and_finds_its_secret(api: ApiClient) -> None:
    assert "No program is told of anything yet." in await page(api)
    hook = await added(api, "Booked")
    shown = await page(api, f"/{hook}")
    (secret,) = re.findall(r"whsec_[\w+/]{43}=", shown)
    by_api = await api.get(f"/webhooks/{hook}/secret", key=api.key)
    assert by_api.json["secret"] == secret
    assert "Nothing was sent yet." in shown
    assert (await api.get(f"/webhooks/{hook}", key=api.key)).json["kinds"] == ["Booked"]
    listed = await page(api)
    assert URL in listed
    assert secret not in listed
    assert "Funktioniert" in await page(api, language="de")


@pytest.mark.parametrize("url", ["example.org", "http://example.org", "https://a:b@example.org"])
async def test_a_wrong_address_is_named_in_its_field_and_kept(api: ApiClient, url: str) -> None:
    answer = await send(api, "/new", {"url": url, "enabled": "yes"})
    shown = unescape(answer.body.decode())
    assert answer.status == 422
    assert "begins with https://" in shown
    assert f'value="{url}"' in shown
    assert "No program is told of anything yet." in await page(api)


async def test_one_too_many_is_refused_beside_its_address_in_the_language_of_the_reader(
    api: ApiClient,
) -> None:
    for _ in range(WEBHOOK_ENDPOINTS_MAX):
        await added(api)
    cookie = await api.staff_cookie("owner")
    refused = await api.ask(
        "POST",
        f"//admin/{api.org}/webhooks/new",
        content=urlencode({"url": f"{URL}/one-more", "enabled": "yes"}).encode(),
        headers={**FORM, **cookie, "accept-language": "de"},
    )
    shown = unescape(refused.body.decode())
    assert refused.status == 422
    assert "Sie haben 10 Webhooks" in shown.partition('id="url-problem"')[2].partition("</p>")[0]
    assert f'value="{URL}/one-more"' in shown


async def test_it_is_paused_gets_a_new_secret_and_is_removed(api: ApiClient) -> None:
    hook = await added(api)
    before = await page(api, f"/{hook}")
    paused = await send(api, f"/{hook}/edit", {"url": URL, "version": "1"})
    assert paused.status == 303
    assert (await api.get(f"/webhooks/{hook}", key=api.key)).json["enabled"] is False
    late = await send(api, f"/{hook}/edit", {"url": URL, "enabled": "yes", "version": "1"})
    assert late.status == 409, "somebody else has changed it"
    assert (await send(api, f"/{hook}/new-secret")).status == 303
    after = await page(api, f"/{hook}")
    (old,), (new,) = (re.findall(r"whsec_\S+=", shown) for shown in (before, after))
    assert old != new
    assert (await send(api, f"/{hook}/remove")).status == 303
    assert URL not in await page(api)


async def test_only_who_manages_access_sees_them(api: ApiClient) -> None:
    hook = await added(api)
    cookie = await api.staff_cookie("admin", role="admin")
    for path in ("", f"/{hook}", "/new"):
        answer = await api.ask("GET", f"//admin/{api.org}/webhooks{path}", headers=cookie)
        assert answer.status == 403
    assert (await send(api, f"/{hook}/remove", role="staff")).status == 403


async def test_what_was_sent_is_listed_with_its_answers(database_url: str) -> None:
    async with a_webhook_site(database_url) as site, working(site.app):
        hook = await site.add(kinds=["Booked"])
        site.receiver.answer = lambda _: 500
        await site.book()
        await site.tried(hook)
        shown = await page(site.api, f"/{hook}")
        assert "Fails since" in shown
        assert "Being sent" in shown
        assert re.search(r">\s*500\s*<", shown)
        site.receiver.answer = lambda _: 204
        await site.until(hook, hurry=True, delivered=1)
        assert "Delivered" in await page(site.api, f"/{hook}")
        await failed_is_sent_again(site, hook)


async def failed_is_sent_again(site: WebhookSite, hook: str) -> None:
    await site.sql("UPDATE webhook_delivery SET status = 'failed'")
    async with a_receiver(Receiver()):
        answer = await send(site.api, f"/{hook}/send-again")
        assert answer.status == 303
        await site.until(hook, delivered=1)
    assert len(site.receiver.received) == 3
