"""Free the bytes of pictures that were deleted."""

from dataclasses import dataclass
from datetime import timedelta

from fullhouse.kernel.clock import Clock
from fullhouse.people.limits import PICTURE_KEPT_HOURS, PICTURES_PRUNED_AT_ONCE_MAX
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class PrunePictures:
    """Deletes a few rows in each short transaction, an hour after their removal."""

    database: Database
    clock: Clock

    async def __call__(self) -> None:
        before = self.clock.now() - timedelta(hours=PICTURE_KEPT_HOURS)
        deleted = PICTURES_PRUNED_AT_ONCE_MAX
        while deleted == PICTURES_PRUNED_AT_ONCE_MAX:
            async with self.database.unrestricted.session() as session:
                deleted = await session.execute(
                    "people.prune_pictures",
                    removed_before=before,
                    rows_max=PICTURES_PRUNED_AT_ONCE_MAX,
                )
