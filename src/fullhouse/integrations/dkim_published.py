"""The public half of the key of e-mails, as receivers find it in the DNS (RFC 6376 §3.6)."""

import base64
from typing import Final, Literal

import dkim  # type: ignore[import-untyped]  # untyped upstream
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer
from msgspec import Struct

from fullhouse.integrations.dkim_signing import DkimKey
from fullhouse.integrations.limits import DNS_SECONDS_MAX

_EXAMPLE: Final = b"From: a@example.org\r\nSubject: Booked\r\n\r\nBooked\r\n"


class PublishedKey(Struct, frozen=True):
    """What receivers find at `name`; `detail` is why the DNS could not be asked."""

    state: Literal["published", "missing", "wrong", "not_reached"]
    name: str
    record: str
    """What must be published there."""
    detail: str = ""


async def published_key(
    key: DkimKey, domain: str, *, resolver: Resolver | None = None
) -> PublishedKey:
    """Look it up, in at most `DNS_SECONDS_MAX`, and verify a signature with what is found."""
    name, record = f"{key.selector}._domainkey.{domain}", public_record(key)
    try:
        answer = await (resolver or Resolver()).resolve(name, "TXT", lifetime=DNS_SECONDS_MAX)
    except (NXDOMAIN, NoAnswer):
        return PublishedKey("missing", name, record)
    except (DNSException, OSError) as error:
        return PublishedKey("not_reached", name, record, type(error).__name__)
    found = [b"".join(text.strings) for text in answer]
    fits = len(found) == 1 and _verifies(key, domain, found[0])
    return PublishedKey("published" if fits else "wrong", name, record)


def public_record(key: DkimKey) -> str:
    private = load_pem_private_key(key.pem, password=None)
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def _verifies(key: DkimKey, domain: str, record: bytes) -> bool:
    """As a receiver does; it says what is wrong by False or by any error."""
    signed = key.signed(_EXAMPLE, domain=domain)
    try:
        return bool(dkim.verify(signed, dnsfunc=lambda _name, timeout=0: record))  # noqa: ARG005
    except Exception:  # noqa: BLE001 - whatever it trips over, no receiver can use it
        return False
