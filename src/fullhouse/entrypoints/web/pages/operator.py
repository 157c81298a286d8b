"""`/admin/accounts`: the operator of the installation disables accounts and ends their sessions."""

import msgspec

from fullhouse.booking.model.urls import ACCOUNTS_PATH, ADMIN_PATH
from fullhouse.entrypoints.web.account_presenter import AccountPresenter
from fullhouse.entrypoints.web.account_views import AccountFormView, show_form, show_text
from fullhouse.entrypoints.web.forms import read_choice
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.account import own_account_of, person_problems
from fullhouse.entrypoints.web.views import Choice, Field, Link
from fullhouse.http.response import Response
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.actions.disable_account import OperateAccount
from fullhouse.people.actions.verify_person import VerifyPerson
from fullhouse.people.errors import LastOperator, LastOwner, UnknownAccount
from fullhouse.people.limits import EMAIL_CHARACTERS_MAX
from fullhouse.people.model.account_acts import ACCOUNT_ACTS, AccountAct
from fullhouse.people.reads.accounts import find_account
from fullhouse.people.reads.own_account import OwnAccount
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

_CURRENT = "accounts_current"


class OperatorPages(msgspec.Struct, frozen=True):
    """What an operator does to accounts of others; an open browser alone does nothing."""

    unit_of_work: UnitOfWorkFactory
    operate: OperateAccount
    verify_person: VerifyPerson

    async def form(self, page: PageContext) -> Response:
        return _form(page, await own_account_of(page, self.unit_of_work.database), {})

    async def change(self, page: PageContext) -> Response:
        """Do it, or say why not."""
        own, typed = await own_account_of(page, self.unit_of_work.database), await page.form()
        act = read_choice(typed.get("act"), tuple(ACCOUNT_ACTS)) or AccountAct.END_SESSIONS
        problems = await person_problems(page, self.verify_person, own.account, field=_CURRENT)
        if problems:
            return _form(page, own, typed, **problems)
        try:
            async with self.unit_of_work(page.context, INSTALLATION) as uow:
                account = await find_account(uow.session, typed.get("account", ""))
                await self.operate(uow, account.account_id, act)
        except (UnknownAccount, LastOwner, LastOperator) as error:
            problem = page.translations.gettext(error.detail)
            return _form(page, own, typed, account=problem)
        _ = page.translations.gettext
        done = _(ACCOUNT_ACTS[act][1], name=account.name)
        more = Link(_("Another account"), ACCOUNTS_PATH)
        return show_text(page, _("Accounts"), done, more, Link(_("Back"), ADMIN_PATH))


def _form(page: PageContext, own: OwnAccount, typed: dict[str, str], **problems: str) -> Response:
    _ = page.translations.gettext
    chosen = typed.get("act", AccountAct.END_SESSIONS)
    acts = tuple(Choice(act, _(texts[0]), act == chosen) for act, texts in ACCOUNT_ACTS.items())
    return show_form(
        page,
        AccountFormView(
            title=_("Accounts"),
            lead=_(
                "Nobody can sign in to an account that is disabled. The person is told by e-mail. "
                "API keys belong to businesses and stay valid."
            ),
            action=ACCOUNTS_PATH,
            button=_("Continue"),
            fields=(
                Field(
                    "account",
                    _("E-mail address of the account"),
                    typed.get("account", "")[:EMAIL_CHARACTERS_MAX],
                    problem=problems.get("account", ""),
                    kind="email",
                    autocomplete="off",
                ),
                Field("act", _("What to do"), kind="select", choices=acts),
                *AccountPresenter(page, own, problems=problems).current(_CURRENT),
            ),
            links=(Link(_("Back"), ADMIN_PATH),),
        ),
    )
