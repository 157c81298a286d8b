"""`fullhouse demo`: create the demo farm, or extend it, and print its addresses."""

from collections.abc import Mapping
from dataclasses import dataclass

from fullhouse.booking.model.urls import (
    ADMIN_PATH,
    OPENAPI_PATH,
    admin_path,
    organisation_path,
    sign_in_path,
)
from fullhouse.bootstrap.application import open_application
from fullhouse.bootstrap.worker import build_app_worker
from fullhouse.demo import farm
from fullhouse.demo.channels import connect_channels
from fullhouse.demo.seeding import seed_demo
from fullhouse.demo.sign_ins import DemoSignIn, grant_demo_role, prepare_sign_ins
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._server_url import demo_sandbox_url, server_url
from fullhouse.entrypoints.cli.check import progress_bar
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.sandbox.listening import SandboxAddresses
from fullhouse.settings import Settings
from fullhouse.storage.embedded import database_at


@dataclass(frozen=True, slots=True)
class DemoAddresses:
    """The addresses of the demo farm."""

    farm: str
    admin: str
    messages: str
    api: str
    sandbox: str | None
    """Of outside services that fail on demand, if it runs."""


@dataclass(frozen=True, slots=True)
class PreparedDemo:
    """The demo farm: its addresses, a link that signs its owner in once, and who signs in how."""

    addresses: DemoAddresses
    sign_in_link: str
    sign_ins: Mapping[str, DemoSignIn]


def demo(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Create the demo farm and print its addresses.

    A later run extends its season and prints another sign-in link. Works beside a running server.
    """
    prepared = run_async(prepare_demo(settings_with(data_dir=data_dir)))
    print_result(prepared, as_json=as_json, text=format_demo(prepared))


async def prepare_demo(settings: Settings) -> PreparedDemo:
    """Create or extend the farm, with a progress bar on a terminal; raises as `seed_demo`."""
    async with (
        database_at(settings.database_url, settings.data_dir) as url,
        open_application(settings, url, name="demo") as app,
    ):
        with progress_bar() as bar:
            task = bar.add_task("Filling the demo with bookings", total=None)

            def on_progress(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            garden = await seed_demo(app, on_progress=on_progress)
        sandbox = demo_sandbox_url(settings)
        if sandbox is not None:
            at = SandboxAddresses(sandbox)
            await connect_channels(app, garden, {"make": at.make_hook, "sms": at.sms})
        sign_ins = await prepare_sign_ins(app, garden.org_id)
        context = RequestContext(OPERATOR, app.ids.uuid())
        async with app.unit_of_work(context, garden.org_id) as uow:
            account_id = await grant_demo_role(uow, app.people, name=farm.OWNER, role="owner")
            link = await app.people.issue_sign_in_link(uow, account_id)
        # A worker may start late in a rush: `fullhouse check` would see these events wait
        await build_app_worker(app).relay.catch_up()
    base = server_url(settings)
    addresses = DemoAddresses(
        farm=base + organisation_path(garden.slug),
        admin=base + ADMIN_PATH,
        messages=base + admin_path(garden.slug, "messages"),
        api=base + OPENAPI_PATH,
        sandbox=sandbox,
    )
    return PreparedDemo(addresses, base + sign_in_path(link.token), sign_ins)


def format_demo(prepared: PreparedDemo) -> str:
    addresses, owner = prepared.addresses, prepared.sign_ins["owner"]
    sandbox = [
        f"  Sandbox       {addresses.sandbox}/",
        "                (outside services to try against; make them fail there)",
    ]
    return "\n".join(
        [
            f"  Book a place  {addresses.farm}",
            f"  Staff area    {prepared.sign_in_link}",
            "                (one-time sign-in link; `fullhouse demo` prints another)",
            f"  Sign in       {addresses.admin}",
            f"                as {owner.email} with {owner.password}",
            "                (`fullhouse demo --json` has one person of each role)",
            f"  Messages      {addresses.messages}",
            "                (those to the demo's invented guests are stored, never sent)",
            f"  API           {addresses.api}",
            *(sandbox if addresses.sandbox else []),
        ]
    )
