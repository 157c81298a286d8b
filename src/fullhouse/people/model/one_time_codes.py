"""One-time codes: TOTP (RFC 6238), and recovery codes for when the device is lost."""

import base64
import hmac
import re
import secrets
from typing import Final

import pyotp

from fullhouse.people.limits import TOTP_DRIFT_STEPS, TOTP_STEP_SECONDS
from fullhouse.people.model import hash_token

ISSUER: Final = "Fullhouse"
_SEPARATORS: Final = re.compile(r"[\s-]+")
_CODE: Final = re.compile(r"[0-9]{6}")
_RECOVERY_BYTES: Final = 15
"""With 112 random bits and more a hash that is fast is enough (NIST SP 800-63B §3.1.2.2)."""
_GROUP: Final = 4


def new_totp_secret() -> str:
    """160 random bits in base32, as RFC 4226 §4 recommends."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, login: str) -> str:
    """What the QR code says to the authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def matching_step(secret: str, typed: str, *, seconds: float, after: int) -> int | None:
    """The time step whose code was typed, if it is about now and after the last one used.

    RFC 6238 §5.2: a code is used once, also within its own time step.
    """
    code = _SEPARATORS.sub("", typed)
    if not _CODE.fullmatch(code):
        return None
    totp, now = pyotp.TOTP(secret, interval=TOTP_STEP_SECONDS), int(seconds) // TOTP_STEP_SECONDS
    found = None
    for step in range(now - TOTP_DRIFT_STEPS, now + TOTP_DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step), code) and step > after:
            found = step
    return found


def new_recovery_code() -> str:
    """120 random bits in groups of letters and digits."""
    letters = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def recovery_code_hash(typed: str) -> bytes:
    """The hash by which a recovery code is found, however it is spaced."""
    return hash_token(_SEPARATORS.sub("", typed).lower())
