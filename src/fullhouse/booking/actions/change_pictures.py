"""Change the pictures of an offering one by one: add, describe, move and remove them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from fullhouse.booking import errors, limits
from fullhouse.booking.actions.change_questions import locked_offering
from fullhouse.booking.actions.save_offering import SaveOffering
from fullhouse.booking.actions.undo_change import past_events
from fullhouse.booking.events import OfferingChanged
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.offering_pictures import pictures_of_offering, with_pictures
from fullhouse.booking.model.picture import OfferingPicture
from fullhouse.booking.model.translated_texts import OfferingTexts
from fullhouse.people.actions.remove_picture import RemovePicture
from fullhouse.people.errors import PictureInUse, UnknownPicture
from fullhouse.storage.unit_of_work import UnitOfWork


class _PicturesBefore(msgspec.Struct, frozen=True):
    """What a change of an offering has replaced; unset what it left."""

    picture: str | msgspec.UnsetType | None = msgspec.UNSET
    picture_alt: str | msgspec.UnsetType = msgspec.UNSET
    more_pictures: tuple[OfferingPicture, ...] | msgspec.UnsetType = msgspec.UNSET
    translations: tuple[OfferingTexts, ...] | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class ChangePictures:
    """Names a picture by the slug of its offering and its own name.

    All raise `UnknownOffering`, `UnknownPicture`, and as `SaveOffering`.
    """

    save_offering: SaveOffering
    remove_stored: RemovePicture

    async def save(
        self,
        uow: UnitOfWork,
        slug: str,
        picture: OfferingPicture,
        *,
        replaces: str,
        expected_version: int | None,
    ) -> None:
        """Put it where the picture is that it replaces; without one it is added as the last."""
        offering = await locked_offering(uow, slug)
        pictures = list(pictures_of_offering(offering))
        if replaces:
            pictures[_place(pictures, replaces)] = picture
        else:
            pictures.append(picture)
        await self._save(uow, offering, pictures, expected_version=expected_version)

    async def move_up(self, uow: UnitOfWork, slug: str, name: str) -> None:
        """Show it before the one that it follows; the first is that of the card."""
        offering = await locked_offering(uow, slug)
        pictures = list(pictures_of_offering(offering))
        place = _place(pictures, name)
        pictures.insert(max(0, place - 1), pictures.pop(place))
        await self._save(uow, offering, pictures)

    async def remove(self, uow: UnitOfWork, slug: str, name: str) -> None:
        """Take it off its offering; one that is of no offering is deleted.

        Raises `PictureInUse` for what an offering or the settings show.
        """
        if slug:
            offering = await locked_offering(uow, slug)
            pictures = list(pictures_of_offering(offering))
            pictures.pop(_place(pictures, name))
            await self._save(uow, offering, pictures)
            return
        if await uow.session.fetch_value(
            "booking.picture_is_shown", bool, org_id=uow.org_id, name=name
        ):
            raise PictureInUse
        await self.remove_stored(uow, name)

    async def restore(self, uow: UnitOfWork, slug: str, name: str) -> None:
        """Take a removal back, for a minute; raises `TooLateToUndo`."""
        since = uow.now - timedelta(seconds=limits.UNDO_SECONDS)
        if not slug:
            await self._restore_stored(uow, name, since=since)
            return
        offering = await locked_offering(uow, slug)
        pictures = list(pictures_of_offering(offering))
        if any(one.name == name for one in pictures):
            return
        for one in await past_events(uow.session, uow.org_id, offering.offering_id):
            if one.kind != OfferingChanged.kind() or one.at < since:
                continue
            before = pictures_of_offering(_before(offering, one.payload.get("before")))
            place = next((n for n, p in enumerate(before) if p.name == name), None)
            if place is not None:
                pictures.insert(place, before[place])
                await self._save(uow, offering, pictures)
                return
        raise errors.TooLateToUndo

    async def _restore_stored(self, uow: UnitOfWork, name: str, *, since: datetime) -> None:
        try:
            await self.remove_stored.restore(uow, name, since=since)
        except UnknownPicture:
            raise errors.TooLateToUndo from None

    async def _save(
        self,
        uow: UnitOfWork,
        offering: Offering,
        pictures: Sequence[OfferingPicture],
        *,
        expected_version: int | None = None,
    ) -> None:
        changed = with_pictures(offering, pictures)
        await self.save_offering(uow, changed, expected_version=expected_version)


def _before(offering: Offering, payload: object) -> Offering:
    """The offering with the pictures that it had before a change."""
    fields = msgspec.structs.asdict(msgspec.convert(payload, _PicturesBefore))
    known = {name: value for name, value in fields.items() if value is not msgspec.UNSET}
    return replace(offering, **known)


def _place(pictures: Sequence[OfferingPicture], name: str) -> int:
    """Raises `UnknownPicture`."""
    for place, one in enumerate(pictures):
        if one.name == name:
            return place
    raise UnknownPicture
