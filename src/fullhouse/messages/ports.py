"""What messages need of the world: somebody who delivers letters, and addresses for links."""

from typing import Protocol
from uuid import UUID

from fullhouse.messages.model import Delivery, Letter
from fullhouse.people.model import Organisation


class Mailer(Protocol):
    """Delivers letters."""

    @property
    def address(self) -> str:
        """The address that letters come from."""
        ...

    async def send(self, letter: Letter) -> Delivery:
        """`sent` once somebody else has taken the letter over, `kept` when it goes nowhere.

        Raises `MailServerUnavailable` (ask again) or `LetterRefused` (do not). When the answer to a
        letter was lost it may have been delivered; sent again it carries the same message id, by
        which mail programs recognise it.
        """
        ...


class Links(Protocol):
    """Makes the secret addresses of a customer's own pages."""

    def booking(self, organisation: Organisation, *, ref: str, booking_id: UUID) -> str: ...

    def offer(self, organisation: Organisation, *, entry_id: UUID) -> str: ...
