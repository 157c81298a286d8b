"""Pictures by the forms of the business and of its offerings, in a browser without script."""

import re
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
from tests.builders.api_client import Answer, ApiClient, an_api_client
from tests.builders.business import Business
from tests.builders.html_text import visible_text
from tests.builders.operations import Sent
from tests.builders.picture_files import a_bomb, a_file, send
from tests.builders.staff_browser import Staff, form_of, text

from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.web.render import static_folder
from fullhouse.people.limits import PICTURE_BYTES_MAX
from fullhouse.people.model.picture import BUILT_IN_PICTURES

SETTINGS = {"name": "Tulip Farm", "locale": "en-GB", "currency": "GBP"}
NAME = re.compile(r'type="hidden" name="(cover|logo|picture)" value="([^"]*)"')


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


def pictures_in(answer: Answer) -> dict[str, str]:
    return dict(NAME.findall(text(answer)))


async def test_logo_and_cover_are_sent_shown_and_described(staff: Staff) -> None:
    form = {**SETTINGS, "cover_alt": "Rows of tulips", "version": "1"}
    saved = await send(staff, "settings", form, cover=a_file(), logo=a_file("PNG", color=8))
    assert saved.status == 303, visible_text(text(saved))
    page = await staff.get("settings")
    chosen = pictures_in(page)
    assert len(set(chosen.values())) == 2
    assert f'src="/meadow/pictures/{chosen["cover"]}/card" alt="Cover as it is now"' in text(page)
    public = text(await staff.api.ask("GET", "//meadow"))
    assert f'src="/meadow/pictures/{chosen["cover"]}/cover" alt="Rows of tulips"' in public
    assert f'src="/meadow/pictures/{chosen["logo"]}/card" alt=""' in public


async def test_picture_is_replaced_removed_and_brought_back(staff: Staff) -> None:
    await send(staff, "settings", {**SETTINGS, "version": "1"}, cover=a_file())
    first = pictures_in(await staff.get("settings"))
    replaced = await send(
        staff, "settings", {**SETTINGS, **first, "version": "2"}, cover=a_file(color=200)
    )
    second = pictures_in(await staff.get("settings"))
    assert second["cover"] != first["cover"]
    done = await staff.get(replaced.headers["location"].removeprefix("/admin/meadow/"))
    assert "Picture changed." in text(done)
    undo = re.search(r'name="pictures" value="([^"]+)"', text(done))
    assert undo is not None
    assert (await staff.post("settings", pictures=undo[1])).status == 303
    assert pictures_in(await staff.get("settings")) == first
    removed = {**SETTINGS, **first, "cover.remove": "yes", "version": "4"}
    assert (await staff.post("settings", **removed)).status == 303
    assert pictures_in(await staff.get("settings"))["cover"] == ""
    assert "/pictures/" not in text(await staff.api.ask("GET", "//meadow"))
    assert (await staff.post("settings", pictures=f"cover:{first['cover']}")).status == 303
    assert pictures_in(await staff.get("settings")) == first
    assert 'value="Tulip Farm"' in text(await staff.get("settings")), "nothing else was changed"


@pytest.mark.parametrize(
    ("a_wrong_file", "problem"),
    [
        (partial(bytes, b"hello"), "This file is not a picture that can be shown."),
        (partial(a_file, "BMP"), "This file is not a picture that can be shown."),
        (partial(a_file, "PNG", (9, 300)), "Choose one of at least 64 pixels a side."),
        (partial(a_bomb, (65_000, 1_000)), "Choose one of at most 50 megapixels."),
        (
            partial(b"\xff\xd8\xff".ljust, PICTURE_BYTES_MAX + 3, b"x"),
            "Choose one of at most 12 MB.",
        ),
    ],
    ids=["text", "BMP", "too small", "too many pixels", "too many bytes"],
)
async def test_file_that_is_no_picture_is_named_in_its_field_and_the_rest_is_kept(
    staff: Staff, a_wrong_file: Callable[[], bytes], problem: str
) -> None:
    form = {**SETTINGS, "tagline": "As typed", "version": "1"}
    refused = await send(staff, "settings", form, cover=a_wrong_file(), logo=a_file())
    assert refused.status == 422
    assert problem in visible_text(text(refused))
    assert 'id="cover-problem"' in text(refused)
    assert 'id="logo-problem"' not in text(refused)
    assert 'value="As typed"' in text(refused)
    logo = pictures_in(refused)["logo"]
    assert logo, "the other picture need not be sent again"
    again = await send(staff, "settings", {**form, "logo": logo})
    assert again.status == 303
    assert pictures_in(await staff.get("settings")) == {"cover": "", "logo": logo}


async def test_body_of_a_form_is_bounded(staff: Staff) -> None:
    much = {"cover": b"x" * (2 * PICTURE_BYTES_MAX), "logo": b"x" * (2 * PICTURE_BYTES_MAX)}
    assert (await send(staff, "settings", SETTINGS, **much)).status == 413
    assert (await send(staff, "team/new", SETTINGS, cover=b"x" * 100_000)).status == 413


async def test_offering_gets_its_picture_and_keeps_it_when_the_form_comes_back(
    staff: Staff,
) -> None:
    form = form_of(await staff.get("offerings/sunflowers/edit"))
    wrong = {**form, "picture_alt": "A field of sunflowers", "name": ""}
    refused = await send(staff, "offerings/sunflowers/edit", wrong, picture=a_file())
    assert refused.status == 422
    name = pictures_in(refused)["picture"]
    saved = await send(
        staff, "offerings/sunflowers/edit", {**wrong, "name": "Sunflowers", "picture": name}
    )
    assert saved.status == 303, visible_text(text(saved))
    page = await staff.get(saved.headers["location"].removeprefix("/admin/meadow/"))
    assert f'href="/meadow/pictures/{name}/card"' in text(page)
    assert 'action="/admin/meadow/offerings/sunflowers/edit"' in text(page), "undo"
    public = text(await staff.api.ask("GET", "//meadow"))
    assert f'src="/meadow/pictures/{name}/card" alt="A field of sunflowers"' in public


@pytest.mark.parametrize("name", ["0" * 32, "nothing", "../x", "/static/icon.svg", "picnic.png"])
@pytest.mark.parametrize(
    ("path", "field"), [("", "cover"), ("", "logo"), ("/offerings/sunflowers", "picture")]
)
async def test_picture_that_does_not_exist_is_refused(
    staff: Staff, path: str, field: str, name: str
) -> None:
    refused = await Sent("PATCH", path, json={field: name}).send(staff.api)
    assert refused.status == 422, refused.body
    assert field in str(refused.json["errors"])


async def test_picture_of_another_name_in_the_form_is_refused_in_its_field(staff: Staff) -> None:
    refused = await staff.post("settings", **SETTINGS, version="1", cover="0" * 32)
    assert refused.status == 422
    assert "This picture has been removed. Choose another file." in text(refused)


async def test_what_showed_a_removed_picture_can_still_be_changed(staff: Staff) -> None:
    await send(staff, "settings", {**SETTINGS, "version": "1"}, cover=a_file())
    name = pictures_in(await staff.get("settings"))["cover"]
    assert (await Sent("DELETE", f"/pictures/{name}").send(staff.api)).status == 204
    changed = await Sent("PATCH", "", json={"tagline": "Tulips"}).send(staff.api)
    assert (changed.status, changed.json["cover"]) == (200, name)


async def test_built_in_pictures_are_those_that_there_are(staff: Staff) -> None:
    for name in BUILT_IN_PICTURES:
        answer = await Sent("PATCH", "", json={"cover": f"{name}.svg"}).send(staff.api)
        assert answer.status == 200
    folder = static_folder() / "pictures"
    assert {path.stem for path in folder.iterdir()} == BUILT_IN_PICTURES
