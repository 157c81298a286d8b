"""`/admin/circuits`: the operator sees which services are called, and keeps it so or otherwise."""

import msgspec

from fullhouse.booking.model.urls import ADMIN_PATH, CIRCUITS_PATH
from fullhouse.entrypoints.web.account_presenter import AccountPresenter
from fullhouse.entrypoints.web.account_views import (
    AccountFormView,
    LiveParts,
    show_form,
    show_text,
)
from fullhouse.entrypoints.web.circuits_presenter import (
    ListedCircuits,
    ServicesView,
    org_ids_of,
    services_view,
)
from fullhouse.entrypoints.web.forms import read_choice
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.account import own_account_of, person_problems
from fullhouse.entrypoints.web.pages.live_pages import LivePage, LivePages
from fullhouse.entrypoints.web.pages.operator_settings import (
    minutes_of,
    setting_fields,
    setting_problems,
)
from fullhouse.entrypoints.web.views import Choice, Field, Link
from fullhouse.http.response import EventStream, Response
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.actions.verify_person import VerifyPerson
from fullhouse.people.reads.organisations import organisations_by_ids
from fullhouse.people.reads.own_account import OwnAccount
from fullhouse.resilience.circuit_acts import CircuitAct, CircuitActs, circuit_to_keep
from fullhouse.resilience.circuit_texts import ACT_NAMES, circuit_text
from fullhouse.resilience.limits import CIRCUIT_KEPT_MINUTES_DEFAULT, CIRCUIT_KEPT_MINUTES_MAX
from fullhouse.resilience.reasons import parse_reason

_CURRENT = "circuits_current"
_TEMPLATE, _PARTS = "parts/circuits.html", ("services",)
"""What is sent again when it changes, and by which id on the page."""


class CircuitPages(msgspec.Struct, frozen=True):
    """Shows the circuits and keeps one; an open browser alone does nothing."""

    acts: CircuitActs
    verify_person: VerifyPerson
    pages: LivePages

    async def stream(self, page: PageContext) -> EventStream:
        """The services as they are."""
        return await self.pages.stream(page, LivePage(_TEMPLATE, _PARTS, self._services))

    async def _services(self, page: PageContext) -> ServicesView:
        return services_view(await self._listed(), page.translations)

    async def _listed(self) -> ListedCircuits:
        circuits = await self.acts.listed()
        async with self.acts.circuits.database.session() as session:
            found = await organisations_by_ids(session, org_ids_of(circuits))
        return ListedCircuits(circuits, {org_id: one.name for org_id, one in found.items()})

    async def form(self, page: PageContext) -> Response:
        return await self._form(page, await own_account_of(page, self.acts.circuits.database), {})

    async def change(self, page: PageContext) -> Response:
        """Keep it, or say why not."""
        own, typed = await own_account_of(page, self.acts.circuits.database), await page.form()
        problems = await person_problems(page, self.verify_person, own.account, field=_CURRENT)
        problems |= setting_problems(page.translations, typed, minutes_max=CIRCUIT_KEPT_MINUTES_MAX)
        if problems:
            return await self._form(page, own, typed, **problems)
        _ = page.translations.gettext
        wanted = circuit_to_keep(
            typed.get("service", ""),
            _act_of(typed),
            minutes=minutes_of(typed) or CIRCUIT_KEPT_MINUTES_DEFAULT,
            reason=parse_reason(typed["reason"]),
        )
        try:
            kept = await self.acts.keep(wanted, page.context.principal)
        except InvalidInput:
            return await self._form(page, own, typed, service=_("Choose one of these."))
        again = Link(_("Change it again"), CIRCUITS_PATH)
        done = circuit_text(kept, page.translations)
        return show_text(page, _("Outside services"), done, again, Link(_("Back"), ADMIN_PATH))

    async def _form(
        self, page: PageContext, own: OwnAccount, typed: dict[str, str], **problems: str
    ) -> Response:
        _, translations = page.translations.gettext, page.translations
        listed = await self._listed()
        services = tuple(
            Choice(one.name, listed.text_of(one, translations), one.name == typed.get("service"))
            for one in listed.circuits
        )
        acts = tuple(Choice(a, _(text), a is _act_of(typed)) for a, text in ACT_NAMES.items())
        hint = _(
            "After that it decides by itself. Empty: %(n)s minutes.", n=CIRCUIT_KEPT_MINUTES_DEFAULT
        )
        return show_form(
            page,
            AccountFormView(
                title=_("Outside services"),
                lead=_(
                    "A service that fails is not called for a while, and what is to be sent waits "
                    "or goes another way. You can keep it so, or have it called."
                ),
                action=CIRCUITS_PATH,
                button=_("Continue"),
                fields=(
                    Field(
                        "service",
                        _("Service"),
                        problem=problems.get("service", ""),
                        kind="select",
                        choices=services,
                    ),
                    Field("act", _("What to do"), kind="select", choices=acts),
                    *setting_fields(translations, typed, problems, hint=hint),
                    *AccountPresenter(page, own, problems=problems).current(_CURRENT),
                ),
                links=(Link(_("Back"), ADMIN_PATH),),
            ),
            LiveParts(
                f"{CIRCUITS_PATH}/live", _TEMPLATE, _PARTS, services_view(listed, translations)
            ),
        )


def _act_of(typed: dict[str, str]) -> CircuitAct:
    return read_choice(typed.get("act"), tuple(CircuitAct)) or CircuitAct.OPEN
