"""Change what an organisation says of itself."""

from dataclasses import asdict, dataclass, replace

from fullhouse.kernel.errors import VersionConflict
from fullhouse.people.events import OrganisationChanged
from fullhouse.people.model import Organisation, changed_fields
from fullhouse.people.updates import check_picture, locked_organisation
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ChangeOrganisation:
    """Writes all of it but its id, slug and currency, in which its prices are."""

    async def __call__(
        self, uow: UnitOfWork, changed: Organisation, *, expected_version: int | None = None
    ) -> Organisation:
        """The organisation as it is stored. Raises `UnknownOrganisation` and `VersionConflict`.

        A picture that is chosen anew must be there, else it raises `InvalidInput`. One that was
        removed meanwhile may stay chosen.
        """
        before = await locked_organisation(uow.session, uow.org_id)
        if expected_version is not None and expected_version != before.version:
            raise VersionConflict(version=before.version)
        after = replace(changed, version=before.version + 1)
        fields = changed_fields(before, after)
        if not fields:
            return before
        for field in {"cover", "logo"}.intersection(fields):
            await check_picture(uow.session, uow.org_id, getattr(after, field), field=field)
        values = asdict(after)
        for constant in ("slug", "currency", "created_at"):
            values.pop(constant)
        await uow.session.execute("people.change_organisation", **values)
        uow.record(after.org_id, OrganisationChanged(slug=after.slug, fields=fields))
        return after
