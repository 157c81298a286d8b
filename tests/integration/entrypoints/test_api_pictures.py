"""Pictures are sent as files, shown on pages, and are nothing but their pixels."""

import asyncio
import io
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

import pytest
from PIL import Image, ImageStat
from tests.builders.api_client import Answer, ApiClient
from tests.builders.operations import Sent, a_picture
from tests.builders.picture_files import a_bomb

from fullhouse.http.operations.arguments import BINARY
from fullhouse.people import limits


async def send(api: ApiClient, file: bytes) -> Answer:
    api.app.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]  # set by hand
    return await api.post_file("/pictures", file, media_type=BINARY)


def a_file(
    kind: str = "JPEG",
    size: tuple[int, int] = (300, 200),
    *,
    mode: str = "RGB",
    options: Mapping[str, object] = MappingProxyType({}),
) -> bytes:
    written = io.BytesIO()
    picture = Image.new(mode, size)
    picture.save(written, kind, **options)
    return written.getvalue()


async def shown(api: ApiClient, name: object, size: str = "cover") -> Image.Image:
    answer = await api.ask("GET", f"//meadow/pictures/{name}/{size}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/webp")
    assert "immutable" in answer.headers["cache-control"]
    return Image.open(io.BytesIO(answer.body))


async def test_a_picture_is_shown_where_it_is_used_until_it_is_removed(api: ApiClient) -> None:
    added = await send(api, a_file(size=(3000, 1500)))
    name = added.json["name"]
    assert (added.status, added.json["width"], added.json["height"]) == (201, 2240, 1120)
    card = await shown(api, name, "card")
    assert (card.size, card.format) == ((960, 480), "WEBP")
    assert (await api.get("/pictures", key=api.key)).json["pictures"] == [added.json]
    for path, field in (("", "cover"), ("", "logo"), ("/offerings/sunflowers", "picture")):
        used = await Sent("PATCH", path, json={field: name}).send(api)
        assert (used.status, used.json[field]) == (200, name)
    logo = f'<img src="/meadow/pictures/{name}/card" alt="" height="32">'
    cover = f"/meadow/pictures/{name}/cover"
    await becomes(api, "//meadow", logo, cover)
    await becomes(api, "//meadow/sunflowers", cover)
    removed = await Sent("DELETE", f"/pictures/{name}").send(api)
    assert removed.status == 204
    assert (await api.get("/pictures", key=api.key)).json == {"pictures": []}
    again = await Sent("DELETE", f"/pictures/{name}").send(api)
    assert (again.status, again.code) == (404, "unknown_picture")


async def becomes(api: ApiClient, path: str, *texts: str) -> None:
    """The page shows the texts, once this process has been told of the change."""
    shown = ""
    async with asyncio.timeout(5):
        while not all(text in shown for text in texts):
            await asyncio.sleep(0.01)
            shown = (await api.ask("GET", path)).body.decode()


async def test_the_same_picture_is_kept_once(api: ApiClient) -> None:
    file = a_picture()
    first, second = await send(api, file), await send(api, file)
    assert first.json == second.json
    pictures = (await api.get("/pictures", key=api.key)).json["pictures"]
    assert pictures == [first.json]


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("JPEG", "L", {}),
        ("JPEG", "CMYK", {}),
        ("PNG", "1", {}),
        ("PNG", "P", {}),
        ("PNG", "LA", {}),
        ("PNG", "RGBA", {}),
        ("PNG", "I;16", {}),
        ("WEBP", "RGBA", {}),
        ("AVIF", "RGB", {}),
        ("GIF", "P", {}),
        ("GIF", "P", {"save_all": True, "append_images": [Image.new("P", (300, 200), 7)] * 3}),
        ("WEBP", "RGB", {"save_all": True, "append_images": [Image.new("RGB", (300, 200))] * 3}),
    ],
)
async def test_every_kind_of_picture_is_taken_as_one_still_picture(
    api: ApiClient, kind: str, mode: str, options: dict[str, object]
) -> None:
    added = await send(api, a_file(kind, mode=mode, options=options))
    assert added.status == 201, added.body
    picture = await shown(api, added.json["name"])
    assert (picture.size, getattr(picture, "n_frames", 1)) == ((300, 200), 1)
    assert picture.mode in {"RGB", "RGBA"}


async def test_a_bright_picture_of_sixteen_bits_stays_bright(api: ApiClient) -> None:
    written = io.BytesIO()
    Image.new("I;16", (100, 100), 60_000).save(written, "PNG")
    added = await send(api, written.getvalue())
    grey = (await shown(api, added.json["name"])).convert("L")
    assert 220 < ImageStat.Stat(grey).mean[0] < 245


async def test_a_picture_is_upright_and_says_nothing_of_where_it_was_taken(
    api: ApiClient,
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"
    file = a_file(size=(300, 200), options={"exif": exif.tobytes(), "comment": b"Secret words"})
    added = await send(api, file + b"<script>alert(1)</script>PK\x03\x04 secret archive")
    assert (added.json["width"], added.json["height"]) == (200, 300)
    for size in ("card", "cover"):
        answer = await api.ask("GET", f"//meadow/pictures/{added.json['name']}/{size}")
        assert not dict(Image.open(io.BytesIO(answer.body)).getexif())
        for secret in (b"ecret", b"script", b"PK\x03\x04", b"Exif"):
            assert secret not in answer.body


HOSTILE = {
    "nothing": b"",
    "text": b"hello",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "SVG behind a mark": b'\xef\xbb\xbf<?xml version="1.0"?><svg/>',
    "HTML that begins as a GIF": b"GIF89a/*<script>alert(1)</script>*/",
    "PDF": b"%PDF-1.7\n",
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "TIFF": a_file("TIFF"),
    "BMP": a_file("BMP"),
    "ICO": a_file("ICO", size=(64, 64)),
    "half a JPEG": a_file(size=(900, 900))[:600],
    "half a PNG": a_file("PNG", size=(900, 900))[:300],
    "a head alone": b"\x89PNG\r\n\x1a\n",
    "one pixel": a_file("PNG", size=(1, 1)),
    "a line": a_file("PNG", size=(5000, 2)),
    "a bomb of a GIF": b"GIF89a\xff\xff\xff\xff\x80\x00\x00" + b"\x00" * 40,
}


@pytest.mark.parametrize("file", HOSTILE.values(), ids=HOSTILE.keys())
async def test_what_is_no_picture_to_show_is_refused(api: ApiClient, file: bytes) -> None:
    refused = await send(api, file)
    assert (refused.status, refused.code) == (422, "picture_invalid"), refused.body
    assert "Send a" in str(refused.json["detail"])
    assert (await api.get("/pictures", key=api.key)).json == {"pictures": []}


@pytest.mark.parametrize("size", [(30_000, 30_000), (65_000, 1_000)], ids=["square", "long"])
async def test_a_bomb_is_refused_and_told_what_it_is(api: ApiClient, size: tuple[int, int]) -> None:
    refused = await send(api, a_bomb(size))
    assert (refused.status, refused.code) == (422, "picture_invalid"), refused.body
    assert refused.json["detail"] == "Send a picture of at most 50 megapixels."
    assert (await api.get("/pictures", key=api.key)).json == {"pictures": []}


async def test_a_file_that_is_too_large_or_of_another_type_is_refused(api: ApiClient) -> None:
    large = await send(api, b"\xff\xd8\xff" + b"x" * limits.PICTURE_BYTES_MAX)
    assert (large.status, large.code) == (413, "too_large")
    named = await api.post_file("/pictures", a_picture(), media_type="image/png")
    assert (named.status, named.code) == (415, "unsupported_media_type")


async def test_an_organisation_keeps_so_many_pictures(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fullhouse.people.actions.add_picture.PICTURES_PER_ORGANISATION_MAX", 2)
    statuses = [(await send(api, a_picture())).status for _ in range(3)]
    assert statuses == [201, 201, 422]
    pictures = (await api.get("/pictures", key=api.key)).json["pictures"]
    assert len(pictures) == 2  # type: ignore[arg-type]  # a list


@pytest.mark.parametrize(
    "path", ["0" * 32 + "/cover", "0" * 32 + "/huge", "..%2f..%2fetc/cover", "x/card"]
)
async def test_a_picture_that_is_not_there_is_a_page_not_found(api: ApiClient, path: str) -> None:
    answer = await api.ask("GET", f"//meadow/pictures/{path}")
    assert answer.status == 404
