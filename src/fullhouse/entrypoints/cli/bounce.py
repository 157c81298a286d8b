"""`fullhouse bounce`: read an e-mail that came back, which a mail server gives by a pipe."""

import sys
from typing import Annotated

import typer
from msgspec import Struct

from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.entrypoints.cli._context import open_command_context
from fullhouse.kernel.context import Permission
from fullhouse.messages.actions.record_bounce import RecordBounce, TakeReturnedMail
from fullhouse.messages.limits import RETURNED_MAIL_BYTES_MAX
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.people.reads.installation import installation_secret
from fullhouse.settings import Settings
from fullhouse.telemetry.metrics import MetricRegistry


class BounceTaken(Struct, frozen=True):
    """Whether it was a report about an e-mail of this installation."""

    is_ours: bool


def bounce(
    recipient: Annotated[
        str, typer.Option(help="The address that it came to, as the mail server knows it.")
    ] = "",
    *,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Read an e-mail that came back, from standard input.

    For the mail server of FULLHOUSE_BOUNCE_DOMAIN: its address says which e-mail it is about.
    Answers out of office and mere delays change nothing. The status is 0 unless the database cannot
    be reached: then the mail server tries again.
    """
    raw = sys.stdin.buffer.read(RETURNED_MAIL_BYTES_MAX)
    taken = run_async(take_bounce(settings_with(data_dir=data_dir), raw, recipient))
    text = "Recorded." if taken.is_ours else "Not a report about an e-mail of this installation."
    print_result(taken, as_json=as_json, text=text)


async def take_bounce(settings: Settings, raw: bytes, recipient: str) -> BounceTaken:
    async with open_command_context(
        settings, command="bounce", allow=Permission.OPERATE
    ) as context:
        async with context.database.session() as session:
            signer = LinkSigner(await installation_secret(session))
        metrics = MetricRegistry().get(MessageMetrics)
        take = TakeReturnedMail(context.unit_of_work, signer, RecordBounce(), metrics)
        return BounceTaken(await take(raw, recipient))
