"""The events of messages."""

from fullhouse.kernel.events import Event
from fullhouse.messages.model import EmailKind


class EmailTested(Event, frozen=True):
    """A person had an e-mail to guests sent to herself; the subject is her account."""

    email_kind: EmailKind
    language: str
