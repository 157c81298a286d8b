"""Job kinds of messages, for `bootstrap`."""

from fullhouse.jobs.kinds import JobKind
from fullhouse.messages.actions.send_message import SendMessage
from fullhouse.messages.limits import MESSAGE_ATTEMPTS_MAX, MESSAGES_SENT_AT_ONCE_MAX
from fullhouse.messages.model import SEND_MESSAGE


def message_kinds(send_message: SendMessage) -> tuple[JobKind, ...]:
    """The job that sends; its attempts outlast a day without a mail server."""
    return (
        JobKind(
            SEND_MESSAGE,
            send_message,
            attempts_max=MESSAGE_ATTEMPTS_MAX,
            concurrency=MESSAGES_SENT_AT_ONCE_MAX,
            yields_under_load=True,
            on_dead_letter=send_message.give_up,
        ),
    )
