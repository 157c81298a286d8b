"""Remove a picture."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fullhouse.people.errors import UnknownPicture
from fullhouse.people.events import PictureAdded, PictureRemoved
from fullhouse.people.model.picture import is_picture_name
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RemovePicture:
    """Deletes it; what showed it shows none. Its bytes go an hour later."""

    async def __call__(self, uow: UnitOfWork, name: str) -> None:
        """Raises `UnknownPicture`."""
        if not is_picture_name(name) or not await uow.session.execute(
            "people.remove_picture", org_id=uow.org_id, name=name, now=uow.now
        ):
            raise UnknownPicture
        uow.record(UUID(hex=name), PictureRemoved(name=name))

    async def restore(self, uow: UnitOfWork, name: str, *, since: datetime) -> None:
        """Take a deletion back; raises `UnknownPicture` for one from before `since`."""
        if not await uow.session.execute(
            "people.restore_picture", org_id=uow.org_id, name=name, since=since
        ):
            raise UnknownPicture
        uow.record(UUID(hex=name), PictureAdded(name=name))
