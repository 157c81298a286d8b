"""A recipient who is deferred until the last try fails no job: anybody types an address."""

import msgspec
import pytest
from tests.builders.account_emails import Mailbox, account_messages_by
from typing_extensions import override

from fullhouse.bootstrap.application import Application
from fullhouse.jobs.effects import Effect
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.messages.errors import RecipientDeferred, RecipientRejected
from fullhouse.messages.limits import ACCOUNT_MESSAGE_ATTEMPTS_MAX
from fullhouse.messages.model import Delivery, Email
from fullhouse.people.model.account_messages import SEND_ACCOUNT_MESSAGE, AccountMessagePayload


class Deferring(Mailbox):
    """As Postfix answers for a domain that does not exist: 450, for ever."""

    error: RecipientDeferred | RecipientRejected = RecipientDeferred(smtp_code=450)

    @override
    async def send(self, email: Email) -> Delivery:
        raise self.error


async def test_somebody_who_signs_up_with_a_mistyped_address_wakes_nobody(app: Application) -> None:
    mailer = Deferring()
    send = account_messages_by(app, mailer)
    payload = AccountMessagePayload("sign_up", None, "ada@gmial.example", locale="en")
    last = Effect(
        org_id=INSTALLATION,
        key="sign-up",
        kind=SEND_ACCOUNT_MESSAGE,
        subject=app.ids.uuid(),
        payload=msgspec.to_builtins(payload),
        correlation_id=app.ids.uuid(),
        attempt=ACCOUNT_MESSAGE_ATTEMPTS_MAX,
        tries=ACCOUNT_MESSAGE_ATTEMPTS_MAX,
    )
    await send(last)
    sooner = msgspec.structs.replace(last, tries=ACCOUNT_MESSAGE_ATTEMPTS_MAX - 1)
    with pytest.raises(RecipientDeferred):
        await send(sooner)
    mailer.error = RecipientRejected(smtp_code=550)
    await send(sooner)
