"""Jobs of messages, for `bootstrap`; `is_held` while the mail server is known to fail."""

from collections.abc import Callable
from datetime import timedelta

from fullhouse.jobs.kinds import JobKind, RecurringJob, never
from fullhouse.messages.actions.hand_over_message import HandOverMessage
from fullhouse.messages.actions.prune_webhooks import PruneWebhooks
from fullhouse.messages.actions.remind_guests import RemindGuests
from fullhouse.messages.actions.send_account_message import SendAccountMessage
from fullhouse.messages.actions.send_channel_test import SendChannelTest
from fullhouse.messages.actions.send_kept_messages import SendKeptMessages
from fullhouse.messages.actions.send_message import SendMessage
from fullhouse.messages.actions.send_test_email import SEND_TEST_EMAIL, SendTestEmail
from fullhouse.messages.actions.send_webhook import SendWebhook
from fullhouse.messages.actions.thank_guests import ThankGuests
from fullhouse.messages.digests import SEND_DIGEST, AskForDigests, SendDigest
from fullhouse.messages.limits import (
    ACCOUNT_MESSAGE_ATTEMPTS_MAX,
    CHANNEL_ATTEMPTS_ALONE_MAX,
    CHANNEL_ATTEMPTS_MAX,
    CHANNELS_CALLED_AT_ONCE_MAX,
    CHANNELS_OF_ORG_CALLED_AT_ONCE_MAX,
    DIGEST_ATTEMPTS_MAX,
    MESSAGE_ATTEMPTS_MAX,
    MESSAGES_SENT_AT_ONCE_MAX,
    TEST_EMAIL_ATTEMPTS_MAX,
    WEBHOOK_RETRIES_AT_ONCE_MAX,
    WEBHOOK_RETRIES_OF_ORG_AT_ONCE_MAX,
    WEBHOOKS_OF_ORG_AT_ONCE_MAX,
    WEBHOOKS_SENT_AT_ONCE_MAX,
)
from fullhouse.messages.model import HAND_OVER, SEND_MESSAGE, SEND_SMS
from fullhouse.messages.model.channels import TEST_CHANNEL
from fullhouse.messages.model.webhooks import SEND_WEBHOOK, SEND_WEBHOOK_AGAIN
from fullhouse.people.model.account_messages import SEND_ACCOUNT_MESSAGE


def account_message_kind(
    send: SendAccountMessage, *, is_held: Callable[[], bool] = never
) -> JobKind:
    """The job that sends e-mails about accounts: they wait for no rush to end."""
    return JobKind(
        SEND_ACCOUNT_MESSAGE,
        send,
        attempts_max=ACCOUNT_MESSAGE_ATTEMPTS_MAX,
        concurrency=MESSAGES_SENT_AT_ONCE_MAX,
        is_held=is_held,
    )


def email_test_kind(send: SendTestEmail, *, is_held: Callable[[], bool] = never) -> JobKind:
    """The job that sends a person an example."""
    return JobKind(
        SEND_TEST_EMAIL,
        send,
        attempts_max=TEST_EMAIL_ATTEMPTS_MAX,
        concurrency=MESSAGES_SENT_AT_ONCE_MAX,
        is_held=is_held,
    )


def message_kinds(
    send_message: SendMessage, *, is_held: Callable[[], bool] = never
) -> tuple[JobKind, ...]:
    """The job that sends; its attempts outlast a day without a mail server."""
    return (
        JobKind(
            SEND_MESSAGE,
            send_message,
            attempts_max=MESSAGE_ATTEMPTS_MAX,
            concurrency=MESSAGES_SENT_AT_ONCE_MAX,
            yields_under_load=True,
            is_held=is_held,
            on_dead_letter=send_message.give_up,
        ),
    )


def digest_kind(send: SendDigest, *, is_held: Callable[[], bool] = never) -> JobKind:
    """The job that sends the overview of a morning: nobody wants that of yesterday."""
    return JobKind(
        SEND_DIGEST,
        send,
        attempts_max=DIGEST_ATTEMPTS_MAX,
        concurrency=MESSAGES_SENT_AT_ONCE_MAX,
        yields_under_load=True,
        is_held=is_held,
    )


def channel_kinds(
    hand_over: HandOverMessage, test: SendChannelTest, *, has_mail_server: bool
) -> tuple[JobKind, ...]:
    """What goes by a gateway; a mail server stands behind that of e-mails, if there is one."""
    attempts_max = CHANNEL_ATTEMPTS_MAX if has_mail_server else CHANNEL_ATTEMPTS_ALONE_MAX
    return (
        JobKind(
            HAND_OVER,
            hand_over,
            attempts_max=attempts_max + CHANNEL_ATTEMPTS_MAX,
            concurrency=CHANNELS_CALLED_AT_ONCE_MAX,
            org_concurrency=CHANNELS_OF_ORG_CALLED_AT_ONCE_MAX,
            yields_under_load=True,
            on_dead_letter=hand_over.give_up,
        ),
        JobKind(
            SEND_SMS,
            hand_over,
            attempts_max=CHANNEL_ATTEMPTS_ALONE_MAX,
            concurrency=CHANNELS_CALLED_AT_ONCE_MAX,
            org_concurrency=CHANNELS_OF_ORG_CALLED_AT_ONCE_MAX,
            yields_under_load=True,
            on_dead_letter=hand_over.give_up,
        ),
        JobKind(TEST_CHANNEL, test, concurrency=CHANNELS_CALLED_AT_ONCE_MAX),
    )


def webhook_kinds(send_webhook: SendWebhook) -> tuple[JobKind, ...]:
    """What failed before has room of its own, and takes none from what was not tried yet."""
    return tuple(
        JobKind(
            name,
            send_webhook,
            concurrency=concurrency,
            org_concurrency=of_org,
            yields_under_load=True,
            on_dead_letter=send_webhook.give_up,
        )
        for name, concurrency, of_org in (
            (SEND_WEBHOOK, WEBHOOKS_SENT_AT_ONCE_MAX, WEBHOOKS_OF_ORG_AT_ONCE_MAX),
            (
                SEND_WEBHOOK_AGAIN,
                WEBHOOK_RETRIES_AT_ONCE_MAX,
                WEBHOOK_RETRIES_OF_ORG_AT_ONCE_MAX,
            ),
        )
    )


def message_jobs(
    prune: PruneWebhooks,
    remind: RemindGuests,
    *,
    thank: ThankGuests,
    digests: AskForDigests,
    send_kept: SendKeptMessages | None,
) -> tuple[RecurringJob, ...]:
    """Without a mail server nothing that is kept can be sent."""

    async def remind_guests() -> None:
        await remind()

    async def thank_guests() -> None:
        await thank()

    async def ask_for_digests() -> None:
        await digests()

    async def send_kept_messages() -> None:
        if send_kept is not None:
            await send_kept()

    return (
        RecurringJob("messages.send_kept", send_kept_messages, every=timedelta(minutes=10)),
        RecurringJob("messages.prune_webhooks", prune, every=timedelta(hours=1)),
        RecurringJob("messages.remind_guests", remind_guests, every=timedelta(minutes=1)),
        RecurringJob("messages.thank_guests", thank_guests, every=timedelta(minutes=5)),
        RecurringJob("messages.ask_for_digests", ask_for_digests, every=timedelta(minutes=5)),
    )
