"""Events: typed facts about a change, written in the transaction of the change.

A part declares its events in its `events.py`. The class's name is the event's kind in the database
and, later, in outgoing webhooks: it never changes. What a client of them would notice is a new
`version`. An event holds no personal data: the row is kept for ever.
"""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all events; a subclass's fields are the payload."""

    version: Annotated[int, Meta(description="Of the form of this event.")] = 1

    @classmethod
    def kind(cls) -> str:
        """How the event is called in the database."""
        return cls.__name__

    def topics(self, org_id: UUID) -> tuple[str, ...]:  # noqa: ARG002 - for subclasses
        """What caches and open pages must look at again; see `topic`."""
        return ()


ORGANISATION_TOPIC: Final = "organisation/"


def organisation_topic(slug: str) -> str:
    """What an organisation says of itself: `organisation/slug`."""
    return ORGANISATION_TOPIC + slug


def topic(org_id: UUID, offering_id: UUID, day: date | None = None) -> str:
    """A day of an offering by UTC or, without a day, the offering itself: `org/offering/day`."""
    return f"{org_id}/{offering_id}/{day or '*'}"
