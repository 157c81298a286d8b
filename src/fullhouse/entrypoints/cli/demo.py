"""`fullhouse demo`: the demo farm, made or found, and how to get in."""

from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.progress import Progress

from fullhouse.bootstrap import open_house
from fullhouse.entrypoints.cli import AsJson, DataDir, answer, run_async, settings_with
from fullhouse.entrypoints.demo.seeding import seed_demo
from fullhouse.people.actions.issue_sign_in_link import IssueSignInLink
from fullhouse.settings import Settings
from fullhouse.storage.embedded import database_at

_OWNER: Final = "Rosa Whitfield"


@dataclass(frozen=True, slots=True)
class DemoAddresses:
    """Where the demo farm is, for guests and for its staff."""

    farm: str
    sign_in: str
    """Works once."""
    outbox: str
    api: str


def demo(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Make the demo farm, or find it as it is, and print its addresses and a sign-in link.

    Works beside a running server: run it again for another link.
    """
    addresses = run_async(opened(settings_with(data_dir=data_dir)))
    answer(addresses, as_json=as_json, words=in_words(addresses))


async def opened(settings: Settings) -> DemoAddresses:
    """See that the farm is there, with a bar on a terminal while it is made; raises as seeding."""
    async with (
        database_at(settings.database_url, settings.data_dir) as url,
        open_house(settings, url, name="demo") as house,
    ):
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Growing sunflowers", total=None)

            def told(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            garden = await seed_demo(house, told=told)
        issue = IssueSignInLink(house.database, house.clock, house.ids)
        link = await issue(garden.org_id, person=_OWNER)
    base = settings.base_url
    return DemoAddresses(
        farm=f"{base}/{garden.slug}",
        sign_in=f"{base}/admin/enter/{link.token}",
        outbox=f"{base}/admin/{garden.slug}/outbox",
        api=f"{base}/schema/openapi.json",
    )


def in_words(addresses: DemoAddresses) -> str:
    return "\n".join(
        [
            f"  Book a place      {addresses.farm}",
            f"  Run the farm      {addresses.sign_in}",
            "                    (signs you in once; `fullhouse demo` prints another)",
            f"  Letters it wrote  {addresses.outbox}",
            f"  API               {addresses.api}",
        ]
    )
