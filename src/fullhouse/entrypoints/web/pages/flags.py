"""`/admin/flags`: the operator sees how new features fare, and gives one to some, all or nobody."""

import msgspec

from fullhouse.booking.model.urls import ADMIN_PATH, FLAGS_PATH
from fullhouse.entrypoints.web.account_presenter import AccountPresenter
from fullhouse.entrypoints.web.account_views import AccountFormView, show_form, show_text
from fullhouse.entrypoints.web.forms import read_choice
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.account import own_account_of, person_problems
from fullhouse.entrypoints.web.pages.operator_settings import reason_field, setting_problems
from fullhouse.entrypoints.web.views import Choice, Field, Link
from fullhouse.http.response import Response
from fullhouse.kernel.errors import InvalidInput, VersionConflict
from fullhouse.people.actions.verify_person import VerifyPerson
from fullhouse.people.reads.own_account import OwnAccount
from fullhouse.resilience.flag_acts import FlagAct, FlagActs, order_of
from fullhouse.resilience.flag_texts import FLAG_ACT_NAMES, flag_sentence, flag_text
from fullhouse.resilience.reasons import parse_reason

_CURRENT = "flags_current"


class FlagPages(msgspec.Struct, frozen=True):
    """Shows the flags and changes one; an open browser alone does nothing."""

    acts: FlagActs
    verify_person: VerifyPerson

    async def form(self, page: PageContext) -> Response:
        return await self._form(
            page, await own_account_of(page, self.acts.unit_of_work.database), {}
        )

    async def change(self, page: PageContext) -> Response:
        """Change it, or say why not."""
        own, typed = await own_account_of(page, self.acts.unit_of_work.database), await page.form()
        problems = await person_problems(page, self.verify_person, own.account, field=_CURRENT)
        problems |= setting_problems(page.translations, {**typed, "minutes": ""}, minutes_max=1)
        if problems:
            return await self._form(page, own, typed, **problems)
        _ = page.translations.gettext
        order = order_of(typed.get("flag", ""), _act_of(typed), parse_reason(typed["reason"]))
        try:
            await self.acts.carry_out(page.context, order)
        except InvalidInput:
            return await self._form(page, own, typed, flag=_("Choose one of these."))
        except VersionConflict:
            problem = _("It has just changed by itself. Look at it, and try again.")
            return await self._form(page, own, typed, flag=problem)
        again = Link(_("Change it again"), FLAGS_PATH)
        (changed,) = [f for f in await self.acts.listed() if f.definition.name == order.name]
        done = flag_text(changed, page.translations)
        return show_text(page, _("New features"), done, again, Link(_("Back"), ADMIN_PATH))

    async def _form(
        self, page: PageContext, own: OwnAccount, typed: dict[str, str], **problems: str
    ) -> Response:
        _, translations = page.translations.gettext, page.translations
        listed = await self.acts.listed()
        flags = tuple(
            Choice(one.state.name, flag_text(one, translations), one.state.name == chosen)
            for chosen in (typed.get("flag"),)
            for one in listed
        )
        acts = tuple(Choice(a, _(text), a is _act_of(typed)) for a, text in FLAG_ACT_NAMES.items())
        lead = _(
            "A new feature can be given to a tenth first, then to half and to all. It is taken "
            "back by itself when those who have it fail more often."
        )
        seen = (flag_sentence(one, translations) for one in listed)
        return show_form(
            page,
            AccountFormView(
                title=_("New features"),
                lead=" ".join(filter(None, (lead, *seen))),
                action=FLAGS_PATH,
                button=_("Continue"),
                fields=(
                    Field(
                        "flag",
                        _("Feature"),
                        problem=problems.get("flag", ""),
                        kind="select",
                        choices=flags,
                    ),
                    Field("act", _("What to do"), kind="select", choices=acts),
                    reason_field(translations, typed, problems),
                    *AccountPresenter(page, own, problems=problems).current(_CURRENT),
                ),
                links=(Link(_("Back"), ADMIN_PATH),),
            ),
        )


def _act_of(typed: dict[str, str]) -> FlagAct:
    return read_choice(typed.get("act"), tuple(FlagAct)) or FlagAct.START
