"""`/admin/mode`: the operator says what the installation does at present."""

import msgspec

from fullhouse.booking.model.urls import ADMIN_PATH, MODE_PATH
from fullhouse.entrypoints.web.account_presenter import AccountPresenter
from fullhouse.entrypoints.web.account_views import AccountFormView, show_form, show_text
from fullhouse.entrypoints.web.forms import read_choice
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.account import own_account_of, person_problems
from fullhouse.entrypoints.web.pages.operator_settings import (
    minutes_of,
    setting_fields,
    setting_problems,
)
from fullhouse.entrypoints.web.views import Choice, Field, Link
from fullhouse.http.response import Response
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.actions.verify_person import VerifyPerson
from fullhouse.people.reads.own_account import OwnAccount
from fullhouse.resilience.limits import MODE_MINUTES_MAX
from fullhouse.resilience.mode_texts import MODE_NAMES, mode_text
from fullhouse.resilience.operating_mode import ModeSetting, OperatingMode
from fullhouse.resilience.reasons import parse_reason
from fullhouse.resilience.stored_mode import set_mode, stored_mode
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

_CURRENT = "mode_current"


class ModePages(msgspec.Struct, frozen=True):
    """Shows and sets the operating mode; an open browser alone does nothing."""

    unit_of_work: UnitOfWorkFactory
    verify_person: VerifyPerson

    async def form(self, page: PageContext) -> Response:
        return await self._form(page, await own_account_of(page, self.unit_of_work.database), {})

    async def change(self, page: PageContext) -> Response:
        """Set it, or say why not."""
        own, typed = await own_account_of(page, self.unit_of_work.database), await page.form()
        problems = await person_problems(page, self.verify_person, own.account, field=_CURRENT)
        problems |= setting_problems(page.translations, typed, minutes_max=MODE_MINUTES_MAX)
        if problems:
            return await self._form(page, own, typed, **problems)
        setting = ModeSetting(_mode_of(typed), parse_reason(typed["reason"]), _seconds_of(typed))
        async with self.unit_of_work(page.context, INSTALLATION) as uow:
            await set_mode(uow, setting)
        _ = page.translations.gettext
        done = mode_text(setting, page.translations)
        again = Link(_("Change it again"), MODE_PATH)
        return show_text(page, _("Operating mode"), done, again, Link(_("Back"), ADMIN_PATH))

    async def _form(
        self, page: PageContext, own: OwnAccount, typed: dict[str, str], **problems: str
    ) -> Response:
        _, present = page.translations.gettext, await stored_mode(self.unit_of_work.database)
        chosen = _mode_of(typed) if "mode" in typed else present.mode
        choices = tuple(Choice(mode, _(text), mode is chosen) for mode, text in MODE_NAMES.items())
        hint = _("After that everything works again. Empty: until it is changed here.")
        current = AccountPresenter(page, own, problems=problems).current(_CURRENT)
        return show_form(
            page,
            AccountFormView(
                title=_("Operating mode"),
                lead=_("Now: %(mode)s", mode=mode_text(present, page.translations)),
                action=MODE_PATH,
                button=_("Continue"),
                fields=(
                    Field("mode", _("What works"), kind="select", choices=choices),
                    *setting_fields(page.translations, typed, problems, hint=hint),
                    *current,
                ),
                links=(Link(_("Back"), ADMIN_PATH),),
            ),
        )


def _mode_of(typed: dict[str, str]) -> OperatingMode:
    return read_choice(typed.get("mode"), tuple(OperatingMode)) or OperatingMode.FULL


def _seconds_of(typed: dict[str, str]) -> float | None:
    minutes = minutes_of(typed)
    return None if minutes is None else 60.0 * minutes
