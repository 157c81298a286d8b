"""What an operator sets for alerts, checked."""

import base64
import binascii
import re
from datetime import timedelta
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from fullhouse.observability.limits import ESCALATION_HOURS_MAX, ESCALATION_STEPS_MAX

_AFTER: Final = re.compile(r"([0-9]{1,4})([mh])")
_ESCALATION_SENTENCE: Final = (
    f"Give up to {ESCALATION_STEPS_MAX} steps, the soonest first, such as: "
    "15m deputy@example.org, owner@example.org; 1h https://hooks.example.org/alerts."
)
_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what every secret begins with
_SECRET_BYTES_MIN: Final = 24
_URL_SENTENCE: Final = "Give a full address, such as https://hooks.example.org/alerts."
_HOW_TO_MAKE_ONE: Final = (
    "Give whsec_ and at least 24 random bytes in base64, as `openssl rand -base64 24` prints them."
)


class EscalationTarget(NamedTuple):
    """Who is told after so long without an acknowledgement: addresses, or where it is posted to."""

    after: timedelta
    emails: tuple[str, ...]
    url: str | None


def escalation_targets(text: str) -> tuple[EscalationTarget, ...]:
    """`15m a@example.org, b@example.org; 1h https://hooks.example.org/x`; raises `ValueError`.

    Addresses are not checked here.
    """
    targets = tuple(_target(part.strip()) for part in text.split(";"))
    afters = [target.after for target in targets]
    if len(targets) > ESCALATION_STEPS_MAX or sorted(set(afters)) != afters:
        raise ValueError(_ESCALATION_SENTENCE)
    return targets


def _target(text: str) -> EscalationTarget:
    after, _, who = text.partition(" ")
    match = _AFTER.fullmatch(after)
    if match is None or not who.strip():
        raise ValueError(_ESCALATION_SENTENCE)
    wait = int(match[1]) * (timedelta(hours=1) if match[2] == "h" else timedelta(minutes=1))
    if not timedelta(0) < wait <= timedelta(hours=ESCALATION_HOURS_MAX):
        raise ValueError(_ESCALATION_SENTENCE)
    if "://" in who:
        require_alert_url(who.strip())
        return EscalationTarget(wait, (), who.strip())
    return EscalationTarget(wait, tuple(one.strip() for one in who.split(",")), None)


def require_alert_url(text: str) -> None:
    """Raises `ValueError` for what cannot be posted to."""
    try:
        parts = urlsplit(text)
        is_port_valid = parts.port != 0
    except ValueError:
        raise ValueError(_URL_SENTENCE) from None
    is_host_given = parts.scheme in {"http", "https"} and bool(parts.hostname)
    if not is_host_given or not is_port_valid or not text.isprintable() or " " in text:
        raise ValueError(_URL_SENTENCE)


def alert_secret(text: str) -> bytes:
    """The bytes of a secret of Standard Webhooks; raises `ValueError`."""
    try:
        secret = base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(_HOW_TO_MAKE_ONE) from None
    if not text.startswith(_SECRET_PREFIX) or len(secret) < _SECRET_BYTES_MIN:
        raise ValueError(_HOW_TO_MAKE_ONE)
    return secret
