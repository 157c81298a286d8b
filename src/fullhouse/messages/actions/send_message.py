"""Send the e-mail about an event by the mail server, and record its delivery."""

from typing import Final

from msgspec import Struct

from fullhouse.jobs.effects import Effect
from fullhouse.kernel.text import one_line
from fullhouse.messages.actions.prepare_message import PrepareMessage
from fullhouse.messages.errors import (
    GatewayUnavailable,
    RecipientDeferred,
    RecipientRejected,
    SmtpAnswer,
)
from fullhouse.messages.limits import MESSAGE_ATTEMPTS_MAX, REPLY_CHARACTERS_MAX
from fullhouse.messages.model import Delivery, Message
from fullhouse.messages.ports import Mailer
from fullhouse.messages.store import MessageContext, message_id_of_effect
from fullhouse.storage.database import Session
from fullhouse.telemetry.error_summaries import summary_of
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("messages")


class SendMessage(Struct, frozen=True):
    """Executes effects of the kind `message`. Safe to repeat after any outcome."""

    prepare: PrepareMessage
    mailer: Mailer

    async def __call__(self, effect: Effect) -> None:
        """Send once. Raises what concerns the mail server; an irrelevant e-mail is not rendered.

        What was handed over comes here once its time to be acknowledged is over. The refusal of a
        recipient is the outcome of its e-mail and no failure of the job: guests type the addresses,
        and an alarm on jobs must not be theirs to raise.
        """
        prepared = await self.prepare(effect)
        if prepared is None:
            return
        message, context = prepared
        if message.status == "handed_over" and not await self.prepare.store.claim(message):
            return
        try:
            delivery = await self._send(effect, message, context)
        except RecipientRejected as error:
            await self._record_undeliverable(message, error)
        except RecipientDeferred as error:
            if effect.tries < MESSAGE_ATTEMPTS_MAX:
                raise
            await self._record_undeliverable(message, error)
        else:
            await self.prepare.record(message, delivery)
            _LOG.info("messages.delivered", kind=message.kind, delivery=delivery)

    async def _send(self, effect: Effect, message: Message, context: MessageContext) -> Delivery:
        """Of many attempts at one e-mail the first counts: the others come to the same."""
        is_first = effect.tries == 1
        try:
            delivery = await self.mailer.send(self.prepare.email_of(message, context))
        except SmtpAnswer:
            if is_first:
                self.prepare.note_sending(message, succeeded=False)
            raise
        if is_first and delivery == "sent":
            self.prepare.note_sending(message, succeeded=True)
        return delivery

    async def give_up(self, session: Session, effect: Effect, error: Exception) -> None:
        """Record on the e-mail that there is no further attempt."""
        await give_up(session, effect, error)
        self.prepare.metrics.outcomes.labels("any", "failed").inc()

    async def _record_undeliverable(self, message: Message, error: SmtpAnswer) -> None:
        await self.prepare.record(message, "undeliverable", reply_of(error))
        self.prepare.metrics.undeliverable.labels(str(error.smtp_code or "none")).inc()
        _LOG.info("messages.undeliverable", kind=message.kind, error=error)


async def give_up(session: Session, effect: Effect, error: Exception) -> None:
    """Record on the message of an effect that there is no further attempt.

    What a gateway has said stands there already.
    """
    error_text = reply_of(error) if isinstance(error, SmtpAnswer) else summary_of(error)
    await session.execute(
        "messages.mark_failed",
        org_id=effect.org_id,
        message_id=message_id_of_effect(effect),
        error="" if isinstance(error, GatewayUnavailable) else error_text,
    )


def reply_of(error: SmtpAnswer) -> str:
    """The codes and the words of a mail server, for staff.

    Bytes that are no text are left out: the database takes none.
    """
    return one_line(f"{error.summary}: {error.reply or error.detail}"[:REPLY_CHARACTERS_MAX])
