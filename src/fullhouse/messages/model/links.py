"""The secret addresses of a customer's own pages, as the pages spell them."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.booking.model.tokens import Tokens
from fullhouse.people.model import Organisation


@dataclass(frozen=True, slots=True)
class SecretLinks:
    """Implements `messages.ports.Links` under a public address without a slash at its end."""

    base_url: str
    tokens: Tokens

    def booking(self, organisation: Organisation, *, ref: str, booking_id: UUID) -> str:
        token = self.tokens.token("manage", organisation.org_id, booking_id)
        return f"{self.base_url}/{organisation.slug}/b/{ref}?t={token}"

    def offer(self, organisation: Organisation, *, entry_id: UUID) -> str:
        token = self.tokens.token("waiting", organisation.org_id, entry_id)
        return f"{self.base_url}/{organisation.slug}/w/{entry_id}?t={token}"
