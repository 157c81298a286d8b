"""Headers that bound what a page may do in a browser."""

import base64
import hashlib
from typing import Final

from fullhouse.http.response import Headers


def security_headers(*, style: str = "'self'", script: str = "'self'") -> Headers:
    """The headers of a page with these sources of styles and scripts."""
    policy = (
        f"default-src 'none'; style-src {style}; script-src {script}; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return (
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        # URLs carry the tokens of bookings: no other site may see them
        (b"referrer-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"x-robots-tag", b"noarchive"),
    )


def inline_source(text: str) -> str:
    """The source of one inline style or script with exactly this text (CSP level 3 §2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


SECURITY_HEADERS: Final = security_headers()
"""No inline script or style and none from elsewhere: injected markup cannot run."""
