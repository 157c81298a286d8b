"""Pictures: sent as files, shown on pages in sizes of their own."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fullhouse.entrypoints.outputs.pictures import PictureListResponse, PictureResponse
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.arguments import BINARY, FileBody
from fullhouse.http.operations.operation import operation
from fullhouse.http.operations.results import Created
from fullhouse.kernel.context import Permission
from fullhouse.people.actions.add_picture import AddPicture
from fullhouse.people.actions.remove_picture import RemovePicture
from fullhouse.people.errors import PictureInvalid, TooManyPictures, UnknownPicture
from fullhouse.people.limits import PICTURE_BYTES_MAX
from fullhouse.people.model.picture import EncodedPicture
from fullhouse.people.reads.pictures import pictures_of
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork

PictureFile = Annotated[
    EncodedPicture,
    FileBody(media_type=BINARY, bytes_max=PICTURE_BYTES_MAX, example="the bytes of the file"),
]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Adds, lists and removes pictures."""

    database: Database
    add: AddPicture
    remove: RemovePicture
    base_url: str
    tag: ClassVar[str] = "Pictures"

    @operation("GET", "/api/v1/{org}/pictures", allow=Permission.MANAGE_OFFERINGS)
    async def list_pictures(self, org: OrgContext) -> PictureListResponse:
        """List the pictures of the business."""
        async with self.database.session() as session:
            found = await pictures_of(session, org.org_id)
        return PictureListResponse.of(found, org=org.slug, base_url=self.base_url)

    @operation(
        "POST",
        "/api/v1/{org}/pictures",
        allow=Permission.MANAGE_OFFERINGS,
        raises=(PictureInvalid, TooManyPictures),
    )
    async def add_picture(
        self, uow: UnitOfWork, org: OrgContext, body: PictureFile
    ) -> Created[PictureResponse]:
        """Add a picture.

        A JPEG, PNG, WebP, AVIF or GIF file, whatever it is called: what it is, its content says. It
        is turned upright and encoded anew in two sizes, so nothing but its pixels is kept. Send the
        `name` of the answer as the `picture` of an offering, or as `cover` or `logo`.
        """
        picture = await self.add(uow, body)
        return Created(PictureResponse.of(picture, org=org.slug, base_url=self.base_url))

    @operation(
        "DELETE",
        "/api/v1/{org}/pictures/{name}",
        allow=Permission.MANAGE_OFFERINGS,
        raises=(UnknownPicture,),
    )
    async def remove_picture(self, uow: UnitOfWork, name: str) -> None:
        """Remove a picture.

        What shows it shows none from then on.
        """
        await self.remove(uow, name)
