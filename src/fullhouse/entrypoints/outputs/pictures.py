"""Responses about pictures."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from fullhouse.booking.model.urls import picture_path
from fullhouse.entrypoints.outputs.fields import Url
from fullhouse.http.operations.bodies import ResponseBody
from fullhouse.kernel.timespan import Instant
from fullhouse.people.model.picture import Picture


class PictureResponse(ResponseBody, frozen=True):
    """A picture in two sizes, as WebP. Its `name` is what offerings and the business take."""

    example: ClassVar = {
        "name": "0f343b0931126a20f133d67c2b018a3b",
        "width": 2240,
        "height": 1493,
        "card_url": "https://book.example.org/bouquet-garden/pictures/"
        "0f343b0931126a20f133d67c2b018a3b/card",
        "cover_url": "https://book.example.org/bouquet-garden/pictures/"
        "0f343b0931126a20f133d67c2b018a3b/cover",
        "created_at": "2027-06-10T19:02:11Z",
    }
    name: Annotated[str, Meta(description="Send it as `picture`, `cover` or `logo`.")]
    width: int
    height: int
    card_url: Url
    cover_url: Url
    created_at: Instant

    @staticmethod
    def of(picture: Picture, *, org: str, base_url: str) -> "PictureResponse":
        return PictureResponse(
            picture.name,
            picture.width,
            picture.height,
            base_url + picture_path(org, picture.name, "card"),
            base_url + picture_path(org, picture.name, "cover"),
            picture.created_at,
        )


class PictureListResponse(ResponseBody, frozen=True):
    """The pictures of a business, the newest first."""

    example: ClassVar = {"pictures": [PictureResponse.example]}
    pictures: tuple[PictureResponse, ...]

    @staticmethod
    def of(pictures: Sequence[Picture], *, org: str, base_url: str) -> "PictureListResponse":
        shown = (PictureResponse.of(one, org=org, base_url=base_url) for one in pictures)
        return PictureListResponse(tuple(shown))
