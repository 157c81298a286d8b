"""What the history block of a detail page is about."""

from uuid import UUID

import msgspec


class HistorySubject(msgspec.Struct, frozen=True):
    """What a history is about, and the currency of the amounts in it."""

    subject_id: UUID
    currency: str
