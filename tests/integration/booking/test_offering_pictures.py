"""Several pictures of an offering: their order, their words, and files that are deleted."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import pytest
from tests.builders.api_client import Answer, ApiClient, an_api_client
from tests.builders.business import Business
from tests.builders.html_text import visible_text
from tests.builders.picture_files import a_file, send
from tests.builders.staff_browser import Staff, form_of, text

from fullhouse.booking.catalogue import offering_by_slug
from fullhouse.booking.limits import PICTURES_PER_OFFERING_MAX
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.offering_pictures import pictures_of_offering
from fullhouse.bootstrap.application import Application
from fullhouse.http.operations.arguments import BINARY
from fullhouse.kernel.clock import ManualClock
from fullhouse.people.actions import add_picture
from fullhouse.people.actions.prune_pictures import PrunePictures
from fullhouse.people.limits import PICTURE_KEPT_HOURS

FIRST: Final = {"picture": "sunflower-morning.svg", "picture_alt": "A field"}
PICNIC: Final = {"name": "picnic.svg", "alt": "A picnic"}
SHIPPED: Final = (
    "arranging-workshop.svg",
    "bouquet-garden.svg",
    "evening-walk.svg",
    "picnic.svg",
    "sunflower-morning.svg",
)
WALK: Final = {"name": "evening-walk.svg", "alt": "A walk"}


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.fixture
async def staff(api: ApiClient) -> Staff:
    return Staff(api, await api.staff_cookie())


async def write(api: ApiClient, **fields: object) -> Answer:
    return await api.ask("PATCH", "/offerings/sunflowers", json=fields, key=api.key)


async def public(api: ApiClient, path: str = "/sunflowers") -> str:
    return (await api.ask("GET", f"//meadow{path}")).body.decode()


async def stored(business: Business) -> Offering:
    async with business.database.session() as session:
        found = await offering_by_slug(session, business.org_id, "sunflowers")
    assert found is not None
    return found


async def names(business: Business) -> list[str]:
    return [one.name for one in pictures_of_offering(await stored(business))]


async def upload(api: ApiClient, color: int = 7) -> str:
    answer = await api.post_file("/pictures", a_file(color=color), media_type=BINARY)
    assert answer.status == 201
    return str(answer.json["name"])


async def test_page_shows_all_pictures_and_the_card_the_first(api: ApiClient) -> None:
    saved = await write(api, **FIRST, more_pictures=[PICNIC, {"name": "evening-walk.svg"}])
    assert saved.status == 200
    page, listed = await public(api), await public(api, "")
    gallery = page.partition('class="pictures"')[2]
    shown = re.findall(r'<img src="([^"]*)" alt="([^"]*)"[^>]* loading="lazy"', gallery)
    assert [alt for _src, alt in shown] == ["A picnic", "Picture 3"]
    assert "sunflower-morning" in page
    assert "sunflower-morning" in listed
    assert "picnic" not in listed


async def test_page_of_one_picture_has_no_gallery(api: ApiClient) -> None:
    await write(api, **FIRST)
    assert 'class="pictures"' not in await public(api)


async def test_words_of_a_picture_are_in_the_language_of_the_guest(api: ApiClient) -> None:
    await api.ask("PATCH", "", json={"languages": ["de"]}, key=api.key)
    german = {**PICNIC, "translations": [{"language": "de", "alt": "Ein Picknick"}]}
    assert (await write(api, **FIRST, more_pictures=[german])).status == 200
    assert 'alt="Ein Picknick"' in await public(api, "/sunflowers?lang=de")
    assert 'alt="A picnic"' in await public(api, "/sunflowers?lang=en")
    french = {**PICNIC, "translations": [{"language": "fr", "alt": "Un pique-nique"}]}
    refused = await write(api, more_pictures=[french])
    assert "more_pictures.translations" in str(refused.json["errors"])


@pytest.mark.parametrize(
    "fields",
    [
        {**FIRST, "more_pictures": [PICNIC, PICNIC]},
        {**FIRST, "more_pictures": [{"name": "sunflower-morning.svg"}]},
        {**FIRST, "more_pictures": [{"name": "0" * 32}]},
        {**FIRST, "more_pictures": [{"name": "../etc"}]},
        {"picture": None, "more_pictures": [PICNIC]},
        {**FIRST, "more_pictures": [PICNIC] * PICTURES_PER_OFFERING_MAX},
    ],
    ids=["twice", "as the first", "unknown", "no name", "no first", "too many"],
)
async def test_pictures_that_cannot_be_shown_are_refused(
    api: ApiClient, fields: dict[str, object]
) -> None:
    assert (await write(api, **fields)).status == 422


async def test_owner_adds_pictures_by_a_form(staff: Staff, business: Business) -> None:
    await write(staff.api, **FIRST)
    form = {**form_of(await staff.get("pictures/new?offering=sunflowers")), "alt": "Tulips"}
    added = await send(staff, "pictures/new", form, picture=a_file())
    assert added.status == 303, visible_text(text(added))
    first, second = await names(business)
    assert first == "sunflower-morning.svg"
    page = text(await staff.get("pictures"))
    assert f'src="/meadow/pictures/{second}/card"' in page
    listed = visible_text(text(await staff.get("pictures?offering=sunflowers")))
    assert listed.index("A field") < listed.index("Tulips")
    assert "Sunflower morning: first, on the card" in visible_text(page)
    assert 'href="/admin/meadow/pictures?offering=sunflowers"' in text(
        await staff.get("offerings/sunflowers")
    )


async def test_form_without_a_file_says_what_is_missing(staff: Staff) -> None:
    form = form_of(await staff.get("pictures/new?offering=sunflowers"))
    refused = await send(staff, "pictures/new", form)
    assert refused.status == 422
    assert 'id="picture-problem"' in text(refused)


@pytest.mark.timeout(60)  # each picture is read by a process that lets all others go first
async def test_one_picture_too_many_is_refused_in_words(staff: Staff, business: Business) -> None:
    many = [{"name": name} for name in SHIPPED]  # whose files need no process that checks them
    while len(many) < PICTURES_PER_OFFERING_MAX:
        many.append({"name": await upload(staff.api, color=20 * len(many))})
    more = many[1:]
    assert (await write(staff.api, picture=many[0]["name"], more_pictures=more)).status == 200
    form = form_of(await staff.get("pictures/new?offering=sunflowers"))
    refused = await send(staff, "pictures/new", form, picture=a_file(color=200))
    assert refused.status == 422
    assert "at most 12 pictures" in visible_text(text(refused))
    assert len(await names(business)) == PICTURES_PER_OFFERING_MAX


async def test_form_of_the_offering_does_not_lose_the_picture_that_others_follow(
    staff: Staff, business: Business
) -> None:
    await write(staff.api, **FIRST, more_pictures=[PICNIC])
    form = form_of(await staff.get("offerings/sunflowers/edit"))
    form["picture.remove"] = "yes"
    refused = await staff.post("offerings/sunflowers/edit", **form)
    assert refused.status == 422
    assert 'id="picture-problem"' in text(refused)
    form.pop("picture.remove")
    assert (await staff.post("offerings/sunflowers/edit", **form)).status == 303
    assert await names(business) == ["sunflower-morning.svg", "picnic.svg"]


async def test_words_and_file_of_a_picture_are_changed(staff: Staff, business: Business) -> None:
    await write(staff.api, **FIRST, more_pictures=[PICNIC])
    path = "pictures/sunflowers.picnic.svg/edit"
    form = {**form_of(await staff.get(path)), "alt": "Lunch"}
    assert (await staff.post(path, **form)).status == 303
    assert (await stored(business)).more_pictures[0].alt == "Lunch"
    late = await staff.post(path, **{**form, "alt": "Dinner"})
    assert late.status == 409
    form = form_of(await staff.get(path))
    assert (await send(staff, path, form, picture=a_file())).status == 303
    first, second = await names(business)
    assert first == "sunflower-morning.svg"
    assert second != "picnic.svg"
    assert (await stored(business)).more_pictures[0].alt == "Lunch"


async def test_picture_that_moves_to_the_top_is_the_one_of_the_card(
    staff: Staff, business: Business
) -> None:
    await write(staff.api, **FIRST, more_pictures=[PICNIC, WALK])
    for _ in range(3):
        moved = await staff.post("pictures/sunflowers.evening-walk.svg/up")
        assert moved.status == 303
    assert await names(business) == ["evening-walk.svg", "sunflower-morning.svg", "picnic.svg"]
    offering = await stored(business)
    assert (offering.picture_alt, offering.more_pictures[0].alt) == ("A walk", "A field")
    assert "evening-walk" in await public(staff.api, "")


async def test_words_in_other_languages_move_with_their_picture(
    staff: Staff, business: Business
) -> None:
    await staff.api.ask("PATCH", "", json={"languages": ["de"]}, key=staff.api.key)
    of_first = [{"language": "de", "name": "Morgen", "picture_alt": "Ein Feld"}]
    picnic = {**PICNIC, "translations": [{"language": "de", "alt": "Ein Picknick"}]}
    await write(staff.api, **FIRST, translations=of_first, more_pictures=[picnic])
    assert (await staff.post("pictures/sunflowers.picnic.svg/up")).status == 303
    german = (await stored(business)).in_language("de")
    assert (german.name, german.picture_alt) == ("Morgen", "Ein Picknick")
    assert german.more_pictures[0].alt == "Ein Feld"


async def test_removed_picture_comes_back_to_its_place(
    staff: Staff, business: Business, clock: ManualClock
) -> None:
    await write(staff.api, **FIRST, more_pictures=[PICNIC, WALK])
    key = "pictures/sunflowers.sunflower-morning.svg"
    assert (await staff.post(f"{key}/remove")).status == 303
    assert await names(business) == ["picnic.svg", "evening-walk.svg"]
    form = {"row.sunflowers.sunflower-morning.svg": "1", "query": ""}
    assert (await staff.post("pictures/restore", **form)).status == 303
    assert await names(business) == ["sunflower-morning.svg", "picnic.svg", "evening-walk.svg"]
    assert (await staff.post("pictures/restore", **form)).status == 303, "it is there already"
    await staff.post(f"{key}/remove")
    clock.advance(timedelta(minutes=2))
    late = await staff.post("pictures/restore", **form)
    assert "too late" in visible_text(text(late))


async def test_file_of_no_offering_is_deleted_and_comes_back_within_a_minute(
    app: Application, staff: Staff, clock: ManualClock
) -> None:
    name = await upload(staff.api)
    assert "not shown" in visible_text(text(await staff.get("pictures")))
    assert (await staff.post(f"pictures/{name}/remove")).status == 303
    assert (await staff.api.ask("GET", f"//meadow/pictures/{name}/card")).status == 404
    assert (await staff.api.get("/pictures", key=staff.api.key)).json == {"pictures": []}
    form = {f"row.{name}": "1", "query": ""}
    assert (await staff.post("pictures/restore", **form)).status == 303
    assert (await staff.api.ask("GET", f"//meadow/pictures/{name}/card")).status == 200
    assert (await staff.post(f"pictures/{name}/remove")).status == 303
    clock.advance(timedelta(minutes=2))
    late = await staff.post("pictures/restore", **form)
    assert "too late" in visible_text(text(late))
    assert await kept(app) == 1
    await PrunePictures(app.database, app.clock)()
    assert await kept(app) == 1
    clock.advance(timedelta(hours=PICTURE_KEPT_HOURS))
    await PrunePictures(app.database, app.clock)()
    assert await kept(app) == 0


async def kept(app: Application) -> int:
    async with app.database.unrestricted.session() as session:
        return int(await session.connection.fetchval("SELECT count(*) FROM picture"))


async def test_deleted_file_that_is_sent_again_is_there_again(
    app: Application, staff: Staff, clock: ManualClock
) -> None:
    name = await upload(staff.api)
    await staff.post(f"pictures/{name}/remove")
    assert await upload(staff.api) == name
    clock.advance(timedelta(hours=PICTURE_KEPT_HOURS + 1))
    await PrunePictures(app.database, app.clock)()
    assert await kept(app) == 1


async def test_picture_that_is_shown_is_not_deleted(staff: Staff) -> None:
    cover, other = await upload(staff.api), await upload(staff.api, color=90)
    await staff.api.ask("PATCH", "", json={"cover": cover}, key=staff.api.key)
    await write(staff.api, **FIRST, more_pictures=[{"name": other}])
    form = {f"row.{cover}": "1", f"row.{other}": "1", "query": ""}
    refused = await staff.post("pictures/remove", **form)
    assert "changed in the settings" in visible_text(text(refused))
    for name in (cover, other):
        assert (await staff.api.ask("GET", f"//meadow/pictures/{name}/card")).status == 200
    assert "Cover" in visible_text(text(await staff.get("pictures")))


async def test_picture_of_no_offering_has_no_place_in_an_order(staff: Staff) -> None:
    name = await upload(staff.api)
    refused = await staff.post("pictures/up", **{f"row.{name}": "1", "query": ""})
    assert "of no offering" in visible_text(text(refused))


@pytest.mark.parametrize(
    ("limit", "value"),
    [("PICTURES_BYTES_PER_ORGANISATION_MAX", 500), ("PICTURE_STORED_BYTES_MAX", 100)],
)
async def test_bytes_of_pictures_are_bounded(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(add_picture, limit, value)
    answers = [
        await api.post_file("/pictures", a_file(color=n), media_type=BINARY) for n in (1, 90, 200)
    ]
    assert answers[-1].status == 422
    assert answers[-1].code in {"too_many_pictures", "picture_invalid"}
