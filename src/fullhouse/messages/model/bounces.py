"""E-mails that come back: what mail servers (RFC 3464) and services report, and what it means."""

import base64
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Final
from uuid import UUID

from msgspec import Struct

_STATUS: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_DEAD: Final = re.compile(r"5\.(?:0\.0|1\.(?:[0123]|6|10)|2\.[01]|4\.4)$")
"""RFC 3463 §3: no such mailbox, system or domain, or one that is closed. Others are about content,
size or the sender, or a mailbox that is full: the next e-mail may arrive."""
_MESSAGE_ID: Final = re.compile(r"<([0-9A-Fa-f-]{36})@[^<>\s]+>")
_VERP: Final = re.compile(r"b([a-z2-7]{61})@", re.IGNORECASE)
_ADDRESSES_READ: Final = 4_096
"""Characters of a field with addresses: a report is to one."""
_VERP_BYTES: Final = 38
_MAC_BYTES: Final = 6


class Bounce(Struct, frozen=True):
    """That an e-mail did not arrive. Without a `status` (RFC 3463) the address counts as dead."""

    status: str = ""
    detail: str = ""

    @property
    def is_dead_address(self) -> bool:
        return not self.status or _DEAD.match(self.status) is not None


class BounceReport(Struct, frozen=True):
    """A bounce, and the keys of the return addresses that it came to."""

    bounce: Bounce
    keys: tuple[str, ...]


class ReturnKey(Struct, frozen=True):
    """What a return address names (VERP), with the proof that it is one of ours."""

    org_id: UUID
    message_id: UUID
    mac: bytes


def return_local_part(key: ReturnKey) -> str:
    """62 characters of 64 (RFC 5321 §4.5.3.1.1); small and capital letters are the same."""
    packed = key.org_id.bytes + key.message_id.bytes + key.mac
    return "b" + base64.b32encode(packed).decode().rstrip("=").lower()


def read_return_key(text: str) -> ReturnKey | None:
    """The key in the letters after the `b`; None for others."""
    padded = text.upper() + "=" * (-len(text) % 8)
    try:
        packed = base64.b32decode(padded)
    except ValueError:
        return None
    if len(packed) != _VERP_BYTES:
        return None
    return ReturnKey(UUID(bytes=packed[:16]), UUID(bytes=packed[16:32]), packed[32:])


def return_mac(token: str) -> bytes:
    """The part of a link's token that a return address has room for: 48 bits."""
    return base64.urlsafe_b64decode(token + "==")[:_MAC_BYTES]


def read_report(raw: bytes, recipient: str = "") -> BounceReport | None:
    """What a mail server reports (RFC 3464); None for another message, and for a mere delay.

    `recipient` is the address that it came to, where the mail server says so beside it.
    """
    try:
        message = message_from_bytes(raw)
        bounce = _bounce_of(message)
    except RecursionError:  # parts inside parts without end: no mail server writes that
        return None
    if bounce is None:
        return None
    addresses = [recipient]
    for name in ("To", "Delivered-To", "X-Original-To", "Envelope-To"):
        addresses += [str(value)[:_ADDRESSES_READ] for value in message.get_all(name, [])]
    keys = [found for address in addresses for found in _VERP.findall(address)]
    return BounceReport(bounce, tuple(dict.fromkeys(keys)))


def message_id_in(text: str) -> UUID | None:
    """The id of a message as such, or in a `Message-ID` of ours."""
    found = _MESSAGE_ID.search(text)
    try:
        return UUID(found[1] if found else text)
    except ValueError:
        return None


def _bounce_of(message: Message) -> Bounce | None:
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in _blocks(part):
            if str(block.get("Action", "")).strip().lower() != "failed":
                continue
            status = _STATUS.search(str(block.get("Status", "")))
            said = str(block.get("Diagnostic-Code", "")).partition(";")[2].strip()
            return Bounce(status.group() if status else "", " ".join(said.split()))
    return None


def _blocks(part: Message) -> Iterator[Message]:
    """The fields of the message and of each recipient; `email` reads each group as a message."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message))
