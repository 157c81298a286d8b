"""Pictures that a business has sent, in one of their sizes; browsers keep them for ever."""

from dataclasses import dataclass
from typing import Final

from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.response import Headers, Response
from fullhouse.people.errors import UnknownPicture
from fullhouse.people.reads.pictures import PictureBytes

_HEADERS: Final[Headers] = (
    (b"content-type", b"image/webp"),
    (b"cache-control", b"public, max-age=31536000, immutable"),
)


@dataclass(frozen=True, slots=True)
class PicturePages:
    """Serves the bytes of pictures."""

    pictures: PictureBytes

    async def picture(self, page: PageContext) -> Response:
        """Raises `UnknownPicture`. The name is made of the bytes, so they never change."""
        name, size = page.path_parameter("picture"), page.path_parameter("size")
        if size == "card":
            return Response(200, await self.pictures.read(page.org_id, name, "card"), _HEADERS)
        if size == "cover":
            return Response(200, await self.pictures.read(page.org_id, name, "cover"), _HEADERS)
        raise UnknownPicture
