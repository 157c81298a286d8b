"""Job kinds of messages, for `bootstrap`; `is_held` while the mail server is known to fail."""

from collections.abc import Callable

from fullhouse.jobs.kinds import JobKind, never
from fullhouse.messages.actions.send_account_message import SendAccountMessage
from fullhouse.messages.actions.send_message import SendMessage
from fullhouse.messages.actions.send_test_email import SEND_TEST_EMAIL, SendTestEmail
from fullhouse.messages.limits import (
    ACCOUNT_MESSAGE_ATTEMPTS_MAX,
    MESSAGE_ATTEMPTS_MAX,
    MESSAGES_SENT_AT_ONCE_MAX,
    TEST_EMAIL_ATTEMPTS_MAX,
)
from fullhouse.messages.model import SEND_MESSAGE
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
