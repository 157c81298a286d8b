"""A business moves in."""

from dataclasses import asdict, dataclass

import asyncpg

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.people.actions.record import Author, record
from fullhouse.people.errors import SlugTaken
from fullhouse.people.events import BY_OPERATOR
from fullhouse.people.model import RESERVED_SLUGS, NewOrganisation, Organisation, is_slug
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class CreateOrganisation:
    """Creates an organisation with its address; it can be seen at once."""

    database: Database
    clock: Clock
    ids: Ids

    async def __call__(self, new: NewOrganisation, *, actor: str = BY_OPERATOR) -> Organisation:
        """Raises `InvalidInput` for a slug that is no address, and `SlugTaken`."""
        if not is_slug(new.slug):
            raise InvalidInput("An address has small letters, digits and dashes.", field="slug")
        if new.slug in RESERVED_SLUGS:
            raise SlugTaken(f"{new.slug} is an address of the installation.", slug=new.slug)
        organisation = Organisation(
            org_id=OrgId(self.ids.uuid()), created_at=self.clock.now(), **asdict(new)
        )
        try:
            await self._write(organisation, actor)
        except asyncpg.UniqueViolationError as error:
            raise SlugTaken(f"Somebody else is at {new.slug} already.", slug=new.slug) from error
        return organisation

    async def _write(self, organisation: Organisation, actor: str) -> None:
        async with self.database.transaction() as session:
            await session.execute("people.add_organisation", **asdict(organisation))
            await record(
                session,
                "OrganisationCreated",
                org_id=organisation.org_id,
                subject=organisation.org_id,
                by=Author(actor, at=organisation.created_at, ids=self.ids),
                data={"slug": organisation.slug},
            )
