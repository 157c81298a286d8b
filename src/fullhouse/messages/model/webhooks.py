"""Outgoing webhooks by Standard Webhooks 1.0: endpoints, secrets and signatures.

https://www.standardwebhooks.com
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, Literal, NewType
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec import Struct

from fullhouse.booking import events as booking
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.events import Event
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.limits import WEBHOOK_URL_CHARACTERS_MAX
from fullhouse.people import events as people
from fullhouse.scheduling import events as scheduling

Network = IPv4Network | IPv6Network
EndpointId = NewType("EndpointId", UUID)
DeliveryStatus = Literal["waiting", "due", "delivered", "failed"]

SEND_WEBHOOK: Final = "webhook"
SEND_WEBHOOK_AGAIN: Final = "webhook_again"
"""Kinds of job. What failed before does not take the room of what has not been tried."""

PUBLIC_EVENTS: Final[Sequence[type[Event]]] = (
    *booking.HISTORY_EVENTS,
    booking.WaitingListJoined,
    booking.WaitingListLeft,
    booking.CapacityChanged,
    booking.OfferingAdded,
    booking.OfferingChanged,
    booking.SlotOffSchedule,
    scheduling.ScheduleAdded,
    scheduling.ScheduleChanged,
    scheduling.ScheduleEnded,
    scheduling.VenueClosed,
    scheduling.VenueReopened,
    scheduling.ClosuresImported,
    people.OrganisationChanged,
    people.VenueAdded,
    people.VenueChanged,
)
"""What is of interest to a business's own programs. Sign-ins and keys are not, and who made a
booking is read with the booking: no event holds personal data."""

_KINDS: Final = frozenset(event.kind() for event in PUBLIC_EVENTS)
_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with
SECRET_BYTES: Final = 32


class WebhookEndpoint(Struct, frozen=True):
    """Where events are sent, all of them without `kinds`; no attempt succeeded `failing_since`."""

    org_id: OrgId
    endpoint_id: EndpointId
    url: str
    kinds: tuple[str, ...]
    created_at: datetime
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str
    version: int
    undelivered: int = 0


class LockedEndpoint(Struct, frozen=True):
    """An endpoint with its encrypted secrets."""

    org_id: OrgId
    endpoint_id: EndpointId
    url: str
    kinds: tuple[str, ...]
    secret: bytes
    previous_secret: bytes | None
    previous_until: datetime | None
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str
    version: int


class WebhookPayload(Struct, frozen=True):
    """Of the job that sends one event to one endpoint; `turn` fences it."""

    endpoint_id: EndpointId
    event_seq: int
    turn: int


class SignedRequest(Struct, frozen=True):
    """A signed request, as it is sent."""

    url: str
    headers: dict[str, str]
    body: bytes


class WebhookAnswer(Struct, frozen=True):
    """What an endpoint answered; without `status_code` why it did not.

    With `was_sent` false no connection was made, so nothing can have arrived.
    """

    status_code: int | None
    text: str
    retry_after_seconds: int = 0
    was_sent: bool = True

    @property
    def is_success(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300  # noqa: PLR2004

    @property
    def is_gone(self) -> bool:
        """The endpoint asks for no more (RFC 9110 §15.5.11)."""
        return self.status_code == 410  # noqa: PLR2004


def endpoint_url(text: str, networks: Sequence[Network] = ()) -> str:
    """The URL as it is called; raises `InvalidInput` for one that cannot be meant.

    Without TLS only an address within `networks` is called.
    """
    url = text.strip()
    if len(url) > WEBHOOK_URL_CHARACTERS_MAX:
        raise _invalid_url(f"Use at most {WEBHOOK_URL_CHARACTERS_MAX} characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _invalid_url("Name a port from 1 to 65535") from None
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise _invalid_url("Write the whole address")
    if parts.scheme == "http" and not _is_within(parts.hostname, networks):
        raise _invalid_url("Begin it with https://")
    if not url.isascii() or not url.isprintable() or any(map(str.isspace, url)):
        raise _invalid_url("Encode spaces and letters with accents")
    if parts.username is not None or parts.password is not None:
        raise _invalid_url("Leave user name and password out; every request is signed")
    if parts.fragment or port == 0:
        raise _invalid_url("Leave out what follows #, and name a port from 1 to 65535")
    return url


def known_kinds(kinds: Sequence[str]) -> tuple[str, ...]:
    """The kinds without repetition; raises `InvalidInput` for one that there is not."""
    for kind in kinds:
        if kind not in _KINDS:
            raise InvalidInput(
                f"There is no event {kind[:60]!r}. The documentation of the API lists all.",
                field="kinds",
            )
    return tuple(dict.fromkeys(kinds))


def shown_secret(secret: bytes) -> str:
    """A secret as receivers configure it."""
    return _SECRET_PREFIX + base64.b64encode(secret).decode()


def webhook_id(event_seq: int) -> str:
    """What a receiver knows a repeated event by: the same at each attempt."""
    return f"evt_{event_seq}"


def sign(body: bytes, *, message_id: str, at: datetime, secrets: Sequence[bytes]) -> dict[str, str]:
    """The headers of a request: `v1,base64(HMAC-SHA256(id.timestamp.body))` for each secret."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signatures = [
        base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        for secret in secrets
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def body_of(kind: str, at: datetime, data: Struct) -> bytes:
    """The body: type and time of the event, and the event as the API lists it."""
    return msgspec.json.encode({"type": kind, "timestamp": at, "data": data})


def _is_within(host: str, networks: Sequence[Network]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)


def _invalid_url(sentence: str) -> InvalidInput:
    return InvalidInput(f"{sentence}: https://example.org/hooks/fullhouse.", field="url")
