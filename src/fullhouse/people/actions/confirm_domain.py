"""Confirm the own domain of a business, so that it is served there."""

from dataclasses import dataclass, replace

import asyncpg

from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.errors import DomainTaken
from fullhouse.people.events import OrganisationChanged
from fullhouse.people.model import Organisation
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ConfirmDomain:
    """Confirms the domain that the settings of a business name. Only the operator may.

    Whoever can send a request can write any `Host`, and a name that leads here says nothing of
    which business it belongs to. So the operator, who also makes the certificate, decides.
    """

    async def __call__(self, uow: UnitOfWork, domain: str) -> Organisation:
        """Raises `UnknownOrganisation`, `InvalidInput` for another domain, and `DomainTaken`."""
        before = await locked_organisation(uow.session, uow.org_id)
        if not domain or before.domain != domain:
            detail = f"The settings of {before.slug} do not name this domain."
            raise InvalidInput(detail, field="domain")
        if before.domain_confirmed_at is not None:
            return before
        after = replace(before, version=before.version + 1, domain_confirmed_at=uow.now)
        try:
            await uow.session.execute(
                "people.confirm_domain",
                org_id=uow.org_id,
                domain=domain,
                now=uow.now,
                version=after.version,
            )
        except asyncpg.UniqueViolationError as error:
            raise DomainTaken(domain=domain) from error
        changed = OrganisationChanged(slug=after.slug, fields=("domain_confirmed_at",))
        uow.record(uow.org_id, changed)
        return after
