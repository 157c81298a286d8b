"""`fullhouse account`: disable and enable accounts, end sessions, and make operators."""

from typing import Annotated

import typer

from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.model.account_acts import AccountAct
from fullhouse.people.model.accounts import AccountProfile
from fullhouse.people.reads.accounts import find_account
from fullhouse.people.reads.profiles import account_profile
from fullhouse.settings import Settings


def account(
    action: Annotated[
        AccountAct,
        typer.Argument(help="What to do. An operator disables accounts by page, too."),
    ],
    who: Annotated[str, typer.Argument(help="E-mail address or ID of the account.")],
    *,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Disable or enable an account, or end all its sessions.

    The person is told by e-mail. A business keeps an owner, and the installation an operator, who
    can sign in. Works beside a running server.
    """
    shown = run_async(execute(settings_with(data_dir=data_dir), action, who))
    print_result(shown, as_json=as_json, text=format_account(shown))


async def execute(settings: Settings, action: AccountAct, who: str) -> AccountProfile:
    """The account afterwards. Raises `UnknownAccount`, `LastOwner` and `LastOperator`."""
    async with open_command_context(
        settings, command="account", allow=Permission.OPERATE
    ) as context:
        async with context.unit_of_work(context.request, INSTALLATION) as uow:
            account_id = (await find_account(uow.session, who)).account_id
            await context.people.operate_account(uow, account_id, action)
            changed = await account_profile(uow.session, account_id)
        assert changed is not None, "it was found a moment ago"
        return changed


def format_account(shown: AccountProfile) -> str:
    state = "disabled" if shown.is_disabled else "can sign in"
    operator = "  operator" if shown.is_operator else ""
    return f"  {shown.account_id}  {state}{operator}  {shown.name}  {shown.email or ''}".rstrip()
