"""Add a picture that was encoded."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.people.errors import PictureInvalid, TooManyPictures
from fullhouse.people.events import PictureAdded
from fullhouse.people.limits import (
    PICTURE_STORED_BYTES_MAX,
    PICTURES_BYTES_PER_ORGANISATION_MAX,
    PICTURES_PER_ORGANISATION_MAX,
)
from fullhouse.people.model.picture import EncodedPicture, KeptPictures, Picture, picture_name
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AddPicture:
    """Keeps it under the name that its bytes have; the same picture is kept once."""

    async def __call__(self, uow: UnitOfWork, encoded: EncodedPicture) -> Picture:
        """Raises `TooManyPictures`, also when together they would take too many bytes."""
        if len(encoded.card) + len(encoded.cover) > PICTURE_STORED_BYTES_MAX:
            detail = "This picture is too large. Send a smaller one."
            raise PictureInvalid(detail, problem="too_large")
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
            await _make_room(uow)
            uow.record(UUID(hex=name), PictureAdded(name=name))
        picture = await uow.session.fetch_one(
            "people.picture_by_name", Picture, org_id=uow.org_id, name=name
        )
        assert picture is not None, "it has just been kept"
        return picture


async def _make_room(uow: UnitOfWork) -> None:
    """Free what was deleted before its hour is over, rather than keep more than the limits."""
    if not _are_too_many(await _kept(uow)):
        return
    await uow.session.execute("people.free_deleted_pictures", org_id=uow.org_id)
    kept = await _kept(uow)
    if _are_too_many(kept):
        raise TooManyPictures(limit=min(kept.pictures - 1, PICTURES_PER_ORGANISATION_MAX))


async def _kept(uow: UnitOfWork) -> KeptPictures:
    kept = await uow.session.fetch_one("people.pictures_counted", KeptPictures, org_id=uow.org_id)
    assert kept is not None, "the query always returns a row"
    return kept


def _are_too_many(kept: KeptPictures) -> bool:
    return (
        kept.pictures > PICTURES_PER_ORGANISATION_MAX
        or kept.bytes > PICTURES_BYTES_PER_ORGANISATION_MAX
    )
