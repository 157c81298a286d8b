"""Send an example of an e-mail to the person who asks, at her own confirmed address."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, Literal

from msgspec import Struct

from fullhouse.jobs.effects import Effect, EffectRequest, Priority, enqueue
from fullhouse.kernel.ids import derived_id
from fullhouse.localisation.translations import load_translations
from fullhouse.messages.actions.render_example import EmailExample, RenderExample
from fullhouse.messages.errors import UnknownEmail
from fullhouse.messages.events import EmailTested
from fullhouse.messages.examples import EXAMPLE_REF
from fullhouse.messages.limits import TEST_EMAIL_ATTEMPTS_MAX, TEST_EMAILS_PER_HOUR_MAX
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.model import Email, InlineImage, qr_content_id
from fullhouse.messages.ports import Mailer, outcome_of_sending
from fullhouse.messages.qr import qr_png
from fullhouse.people.model import AccountId
from fullhouse.people.reads.profiles import account_profile
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork
from fullhouse.telemetry.log import get_logger

SEND_TEST_EMAIL: Final = "test_email"
"""Kind of the effect that sends a test; its subject is the account of the recipient."""
_LOG: Final = get_logger("messages")

EmailTestOutcome = Literal["asked", "no_address", "too_many"]


class EmailTestPayload(Struct, frozen=True):
    """Which example to send."""

    example: str


@dataclass(frozen=True, slots=True)
class RequestTestEmail:
    """Has a test sent once this commits; an event says who tested what."""

    async def __call__(self, uow: UnitOfWork, example: EmailExample) -> EmailTestOutcome:
        """Nothing is sent to an account without a confirmed address, or that has had enough."""
        account_id = uow.context.principal.id
        if account_id is None:
            return "no_address"
        account = await account_profile(uow.session, AccountId(account_id))
        if account is None or not account.email or account.email_verified_at is None:
            return "no_address"
        await locked_organisation(uow.session, uow.org_id)  # so that counting is exact
        sent = await uow.session.fetch_value(
            "messages.tests_since",
            int,
            org_id=uow.org_id,
            subject=account_id,
            kind=EmailTested.kind(),
            since=uow.now - timedelta(hours=1),
        )
        if sent is not None and sent >= TEST_EMAILS_PER_HOUR_MAX:
            return "too_many"
        uow.record(account_id, EmailTested(email_kind=example.kind, language=example.language))
        request = EffectRequest(
            org_id=uow.org_id,
            key=f"{SEND_TEST_EMAIL}/{account_id}/{uow.now.timestamp()}/{example.key}",
            kind=SEND_TEST_EMAIL,
            subject=account_id,
            correlation_id=uow.context.correlation_id,
            payload=EmailTestPayload(example.key),
            priority=Priority.URGENT,
        )
        await enqueue(uow.session, [request])
        return "asked"


@dataclass(frozen=True, slots=True)
class SendTestEmail:
    """The job: render the example, and send it with a subject that says that it is a test."""

    database: Database
    examples: RenderExample
    mailer: Mailer
    metrics: MessageMetrics

    async def __call__(self, effect: Effect) -> None:
        """An account that is gone, or has another address to confirm, gets nothing."""
        async with self.database.session() as session:
            account = await account_profile(session, AccountId(effect.subject))
        if account is None or not account.email or account.email_verified_at is None:
            return
        key = effect.payload_as(EmailTestPayload).example
        try:
            example = await self.examples.example(effect.org_id, key)
        except UnknownEmail:
            return  # the business has given the language up
        email = self._email(effect, example, recipient=account.email)
        is_last = effect.tries >= TEST_EMAIL_ATTEMPTS_MAX
        outcome = await outcome_of_sending(self.mailer, email, is_last=is_last)
        self.metrics.outcomes.labels("test", outcome).inc()
        _LOG.info("messages.test_sent", kind=example.kind, outcome=outcome)

    def _email(self, effect: Effect, example: EmailExample, *, recipient: str) -> Email:
        rendered = self.examples.rendered(example)
        _ = load_translations()[example.language].gettext
        images: tuple[InlineImage, ...] = ()
        if rendered.qr:
            images = (InlineImage(qr_content_id(EXAMPLE_REF), partial(qr_png, rendered.qr)),)
        return Email(
            message_id=derived_id("test e-mail", str(effect.org_id), effect.key),
            recipient=recipient,
            subject=_("Test: %(subject)s", subject=rendered.subject),
            text=rendered.text,
            html=rendered.html,
            calendar=rendered.calendar,
            sender_name=example.organisation.sender,
            reply_to=example.organisation.answers_to,
            images=images,
        )
