"""Add a picture that was encoded."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.people.errors import TooManyPictures
from fullhouse.people.events import PictureAdded
from fullhouse.people.limits import PICTURES_PER_ORGANISATION_MAX
from fullhouse.people.model.picture import EncodedPicture, Picture, picture_name
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AddPicture:
    """Keeps it under the name that its bytes have; the same picture is kept once."""

    async def __call__(self, uow: UnitOfWork, encoded: EncodedPicture) -> Picture:
        """Raises `TooManyPictures`."""
        await locked_organisation(uow.session, uow.org_id)  # so that counting is exact
        name = picture_name(encoded.cover)
        added = await uow.session.execute(
            "people.add_picture",
            org_id=uow.org_id,
            name=name,
            width=encoded.width,
            height=encoded.height,
            card=encoded.card,
            cover=encoded.cover,
            created_at=uow.now,
        )
        if added:
            kept = await uow.session.fetch_value("people.pictures_counted", int, org_id=uow.org_id)
            if kept is not None and kept > PICTURES_PER_ORGANISATION_MAX:
                raise TooManyPictures(limit=PICTURES_PER_ORGANISATION_MAX)
            uow.record(UUID(hex=name), PictureAdded(name=name))
        picture = await uow.session.fetch_one(
            "people.picture_by_name", Picture, org_id=uow.org_id, name=name
        )
        assert picture is not None, "it has just been kept"
        return picture
