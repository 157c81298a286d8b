"""Change what an organisation says of itself."""

from dataclasses import asdict, dataclass, replace

from fullhouse.kernel.errors import InvalidInput, VersionConflict
from fullhouse.localisation.translations import LANGUAGES
from fullhouse.people.events import OrganisationChanged
from fullhouse.people.model import Organisation, changed_fields
from fullhouse.people.model.translated_texts import check_languages
from fullhouse.people.updates import check_picture, locked_organisation
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ChangeOrganisation:
    """Writes all of it but its id and its slug. A new domain has to be confirmed."""

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
        languages = further_languages(changed)
        confirmed = before.domain_confirmed_at if changed.domain == before.domain else None
        after = replace(
            changed,
            version=before.version + 1,
            languages=languages,
            domain_confirmed_at=confirmed,
        )
        fields = changed_fields(before, after)
        if not fields:
            return before
        if "translations" in fields:
            known = (one.language for one in before.translations)
            check_languages(after.translations, (*known, *languages), field="translations")
        for field in {"cover", "logo"}.intersection(fields):
            await check_picture(uow.session, uow.org_id, getattr(after, field), field=field)
        values = asdict(after)
        for constant in ("slug", "created_at"):
            values.pop(constant)
        await uow.session.execute("people.change_organisation", **values)
        uow.record(after.org_id, OrganisationChanged(slug=after.slug, fields=fields))
        return after


def further_languages(organisation: Organisation) -> tuple[str, ...]:
    """Its languages, each once, without the main one: what is written in it needs no translation.

    Raises `InvalidInput` for a language that pages and e-mails do not have.
    """
    for language in organisation.languages:
        if language not in LANGUAGES:
            detail = f"Send languages that pages and e-mails have: {', '.join(LANGUAGES)}."
            raise InvalidInput(detail, field="languages")
    main = organisation.locale.partition("-")[0].lower()
    return tuple(dict.fromkeys(one for one in organisation.languages if one != main))
