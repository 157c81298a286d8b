"""`fullhouse set-up`: print the link that makes the first business."""

from dataclasses import dataclass

from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.model.urls import set_up_path
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.entrypoints.cli._server_url import server_url
from fullhouse.kernel.context import Permission
from fullhouse.people.errors import AlreadySetUp
from fullhouse.people.reads.installation import installation_secret
from fullhouse.people.reads.organisations import has_organisation
from fullhouse.settings import Settings


@dataclass(frozen=True, slots=True)
class SetUpLink:
    """The link, for whoever sets the business up."""

    set_up: str


def set_up(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Print the link with which the first business is set up.

    It works once, until the installation has a business. Works beside a running server.
    """
    link = run_async(find(settings_with(data_dir=data_dir)))
    text = f"  {link.set_up}\n  (works once, until there is a business)"
    print_result(link, as_json=as_json, text=text)


async def find(settings: Settings) -> SetUpLink:
    """The link; raises `AlreadySetUp`."""
    async with (
        open_command_context(settings, command="set-up", allow=Permission.OPERATE) as context,
        context.database.session() as session,
    ):
        if await has_organisation(session):
            raise AlreadySetUp
        token = LinkSigner(await installation_secret(session)).set_up_token
    return SetUpLink(server_url(settings) + set_up_path(token))
