"""The jobs of messages, for `bootstrap` to list."""

from fullhouse.jobs.kinds import JobKind
from fullhouse.messages.actions.tell import Tell
from fullhouse.messages.limits import MESSAGE_ATTEMPTS_MAX, MESSAGES_SENT_AT_ONCE_MAX
from fullhouse.messages.model import TELL


def message_kinds(tell: Tell) -> tuple[JobKind, ...]:
    """A mail server may be away for a day: the letters wait for it, a few at once."""
    return (
        JobKind(
            TELL,
            tell,
            attempts_max=MESSAGE_ATTEMPTS_MAX,
            concurrency=MESSAGES_SENT_AT_ONCE_MAX,
            patient=True,
            given_up=tell.give_up,
        ),
    )
