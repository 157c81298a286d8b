"""The pictures of a business, with where each is shown."""

from collections.abc import Sequence

from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.model.offering_pictures import PictureRow, pictures_of_offering
from fullhouse.booking.model.picture import OfferingPicture
from fullhouse.kernel.ids import OrgId
from fullhouse.people.reads.organisations import organisation_by_id
from fullhouse.people.reads.pictures import pictures_of
from fullhouse.storage.database import Session


async def picture_rows(session: Session, org_id: OrgId, slug: str | None) -> Sequence[PictureRow]:
    """The pictures of one offering, or of all in their order, then those of the business."""
    offerings = await offerings_of(session, org_id)
    shown = [
        PictureRow(picture, one, place)
        for one in offerings
        for place, picture in enumerate(pictures_of_offering(one))
    ]
    if slug:
        return [row for row in shown if row.offering and row.offering.slug == slug]
    organisation = await organisation_by_id(session, org_id)
    assert organisation is not None, "who asks works for it"
    chosen = {organisation.cover: "cover", organisation.logo: "logo"}
    of_offerings = {row.picture.name for row in shown}
    others = [
        PictureRow(OfferingPicture(name=one.name), shown_as=chosen.get(one.name, ""))
        for one in await pictures_of(session, org_id)
        if one.name in chosen or one.name not in of_offerings
    ]
    return [*shown, *others]


async def picture_row(session: Session, org_id: OrgId, key: str) -> PictureRow | None:
    slug = picture_key(key)[0] or None
    rows = await picture_rows(session, org_id, slug)
    return next((row for row in rows if row.key == key), None)


def picture_key(key: str) -> tuple[str, str]:
    """The slug of the offering, empty for a picture of none, and the name of the picture."""
    slug, dot, name = key.partition(".")
    return (slug, name) if dot else ("", key)
