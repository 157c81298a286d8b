"""`/admin/domains`: the operator confirms the own domains of businesses, or withdraws them."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from fullhouse.booking.model.urls import ADMIN_PATH, DOMAINS_PATH
from fullhouse.entrypoints.web.account_presenter import AccountPresenter
from fullhouse.entrypoints.web.account_views import AccountFormView, show_form, show_text
from fullhouse.entrypoints.web.forms import read_choice
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.account import own_account_of, person_problems
from fullhouse.entrypoints.web.views import Choice, Field, Link
from fullhouse.http.response import Response
from fullhouse.kernel.errors import InvalidInput
from fullhouse.localisation.translations import gettext_noop
from fullhouse.people.actions.change_organisation import ChangeOrganisation
from fullhouse.people.actions.confirm_domain import ConfirmDomain
from fullhouse.people.actions.verify_person import VerifyPerson
from fullhouse.people.errors import DomainTaken, UnknownOrganisation
from fullhouse.people.model import Organisation
from fullhouse.people.model.domains import require_other_domain
from fullhouse.people.reads.organisations import NamedDomain, named_domains, organisation_by_slug
from fullhouse.people.reads.own_account import OwnAccount
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

_CURRENT = "domains_current"
_ACTS = {
    "confirm": (gettext_noop("Confirm it"), gettext_noop("%(name)s is served at %(domain)s.")),
    "withdraw": (
        gettext_noop("Withdraw it"),
        gettext_noop("%(name)s is no longer served at %(domain)s."),
    ),
}
"""What can be done to a domain, before and after it is done."""


class DomainPages(msgspec.Struct, frozen=True):
    """What an operator does to domains; an open browser alone does nothing."""

    unit_of_work: UnitOfWorkFactory
    confirm: ConfirmDomain
    change_organisation: ChangeOrganisation
    verify_person: VerifyPerson
    base_url: str

    async def form(self, page: PageContext) -> Response:
        return await self._form(page, await own_account_of(page, self.unit_of_work.database), {})

    async def change(self, page: PageContext) -> Response:
        """Do it, or say why not."""
        own, typed = await own_account_of(page, self.unit_of_work.database), await page.form()
        problems = await person_problems(page, self.verify_person, own.account, field=_CURRENT)
        if problems:
            return await self._form(page, own, typed, **problems)
        chosen, _ = typed.get("domain", ""), page.translations.gettext
        act = read_choice(typed.get("act"), tuple(_ACTS)) or "confirm"
        try:
            business = await self._do(page, act, chosen)
        except DomainTaken:
            problem = _("Another business has this domain. Withdraw it there first.")
            return await self._form(page, own, typed, domain=problem)
        except (InvalidInput, UnknownOrganisation):
            return await self._form(page, own, typed, domain=_("Choose one of these."))
        done = _(_ACTS[act][1], name=business.name, domain=chosen.partition("/")[2])
        more = Link(_("Another domain"), DOMAINS_PATH)
        return show_text(page, _("Domains"), done, more, Link(_("Back"), ADMIN_PATH))

    async def _do(self, page: PageContext, act: str, chosen: str) -> Organisation:
        """Raises as `ConfirmDomain`, and `InvalidInput` for the installation's own address."""
        slug, _, domain = chosen.partition("/")
        async with self.unit_of_work.database.session() as session:
            business = await organisation_by_slug(session, slug)
        if business is None:
            raise UnknownOrganisation
        async with self.unit_of_work(page.context, business.org_id) as uow:
            current = await locked_organisation(uow.session, business.org_id)
            if act == "confirm":
                require_other_domain(domain, self.base_url)
                return await self.confirm(uow, domain)
            if current.domain != domain:
                raise InvalidInput(field="domain")
            return await self.change_organisation(uow, replace(current, domain=""))

    async def _form(
        self, page: PageContext, own: OwnAccount, typed: dict[str, str], **problems: str
    ) -> Response:
        async with self.unit_of_work.database.session() as session:
            named = await named_domains(session)
        _ = page.translations.gettext
        back = Link(_("Back"), ADMIN_PATH)
        if not named:
            return show_text(page, _("Domains"), _("No business names a domain of its own."), back)
        chosen = typed.get("act", "confirm")
        return show_form(
            page,
            AccountFormView(
                title=_("Domains"),
                lead=_(
                    "A business is served at its own domain once you confirm it. Confirm it when "
                    "you know that the domain is theirs: anybody can name any domain."
                ),
                action=DOMAINS_PATH,
                button=_("Continue"),
                fields=(
                    Field(
                        "domain",
                        _("Domain"),
                        problem=problems.get("domain", ""),
                        kind="select",
                        choices=_choices(page, named, typed.get("domain", "")),
                    ),
                    Field(
                        "act",
                        _("What to do"),
                        kind="select",
                        choices=tuple(
                            Choice(act, _(texts[0]), act == chosen) for act, texts in _ACTS.items()
                        ),
                    ),
                    *AccountPresenter(page, own, problems=problems).current(_CURRENT),
                ),
                links=(back,),
            ),
        )


def _choices(page: PageContext, named: Sequence[NamedDomain], chosen: str) -> tuple[Choice, ...]:
    """A choice says which domain of which business it is, so that no other one is meant."""
    return tuple(
        Choice(value := f"{one.slug}/{one.domain}", _text(page, one), value == chosen)
        for one in named
    )


def _text(page: PageContext, one: NamedDomain) -> str:
    _ = page.translations.gettext
    state = _("confirmed") if one.domain_confirmed_at else _("not confirmed")
    return f"{one.domain} \N{MIDDLE DOT} {one.slug} ({state})"
