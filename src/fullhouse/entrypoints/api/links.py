"""Where the guest's own pages of a booking are, for answers of the API."""

from dataclasses import dataclass
from uuid import UUID

from fullhouse.booking.model.tokens import Tokens
from fullhouse.kernel.ids import OrgId


@dataclass(frozen=True, slots=True)
class Links:
    """Spells addresses of pages; `base_url` has no slash at its end."""

    base_url: str
    tokens: Tokens

    def ticket(self, org: str, ref: str, *, token: str) -> str:
        return f"{self.base_url}/{org}/b/{ref}?t={token}"

    def manage(self, org: str, ref: str, *, token: str) -> str:
        return f"{self.base_url}/{org}/b/{ref}/change?t={token}"

    def token(self, org_id: OrgId, booking_id: UUID) -> str:
        """The token that opens both pages, and the booking itself in the API."""
        return self.tokens.token("manage", org_id, booking_id)
