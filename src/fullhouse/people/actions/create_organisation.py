"""Create an organisation."""

from dataclasses import asdict, dataclass

import asyncpg

from fullhouse.kernel.currencies import parse_currency
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.errors import OrganisationSlugTaken
from fullhouse.people.events import OrganisationCreated
from fullhouse.people.model import RESERVED_SLUGS, NewOrganisation, Organisation, is_slug
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class CreateOrganisation:
    """Creates the organisation whose new id the unit of work was opened with."""

    async def __call__(self, uow: UnitOfWork, new: NewOrganisation) -> Organisation:
        """Raises `OrganisationSlugTaken`, and `InvalidInput` for a slug or currency."""
        if not is_slug(new.slug):
            raise InvalidInput("Use small letters, digits and dashes.", field="slug")
        if new.slug in RESERVED_SLUGS:
            raise OrganisationSlugTaken(
                f"{new.slug} is an address of the installation.", slug=new.slug
            )
        fields = {**asdict(new), "currency": parse_currency(new.currency)}
        organisation = Organisation(org_id=uow.org_id, created_at=uow.now, **fields)
        try:
            await uow.session.execute("people.add_organisation", **asdict(organisation))
        except asyncpg.UniqueViolationError as error:
            raise OrganisationSlugTaken(
                f"The address {new.slug} is taken. Choose another.", slug=new.slug
            ) from error
        uow.record(organisation.org_id, OrganisationCreated(slug=organisation.slug))
        return organisation
