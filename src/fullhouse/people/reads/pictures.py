"""Pictures of an organisation, and their bytes for those who look at its pages."""

from dataclasses import dataclass, field

from fullhouse.kernel.ids import OrgId
from fullhouse.people.errors import UnknownPicture
from fullhouse.people.limits import PICTURES_BYTES_CACHED_MAX, PICTURES_PER_ORGANISATION_MAX
from fullhouse.people.model.picture import Picture, PictureSize, is_picture_name
from fullhouse.resilience.bounded import ByteBoundedMap
from fullhouse.storage.database import Database, Session


async def pictures_of(session: Session, org_id: OrgId) -> list[Picture]:
    """The newest first."""
    return await session.fetch(
        "people.pictures", Picture, org_id=org_id, count=PICTURES_PER_ORGANISATION_MAX
    )


@dataclass(slots=True)
class PictureBytes:
    """Keeps the bytes of pictures that were asked for: of a name they never change."""

    database: Database
    _cache: ByteBoundedMap[tuple[OrgId, str, PictureSize], bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._cache = ByteBoundedMap(PICTURES_BYTES_CACHED_MAX, len)

    async def read(self, org_id: OrgId, name: str, size: PictureSize) -> bytes:
        """Raises `UnknownPicture`."""
        key = org_id, name, size
        known = self._cache.get(key)
        if known is not None:
            return known
        if not is_picture_name(name):
            raise UnknownPicture
        async with self.database.session() as session:
            found = await session.fetch_value(
                "people.picture_bytes", bytes, org_id=org_id, name=name, is_card=size == "card"
            )
        if found is None:
            raise UnknownPicture
        self._cache[key] = found
        return found
