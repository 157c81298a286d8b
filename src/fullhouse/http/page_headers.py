"""Headers that bound what a page may do in a browser."""

import base64
import hashlib

from fullhouse.http.response import Headers


def security_headers(*, style: str, script: str) -> Headers:
    """The headers of all pages.

    No inline style or script but these very texts, and none from elsewhere: injected markup cannot
    run.
    """
    policy = (
        f"default-src 'none'; style-src 'self' {_source(style)}; "
        f"script-src 'self' {_source(script)}; img-src 'self' data:; "
        "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return (
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        # URLs carry the tokens of bookings: no other site may see them
        (b"referrer-policy", b"same-origin"),
        # Staff scan tickets
        (b"permissions-policy", b"camera=(self), geolocation=(), microphone=()"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"x-robots-tag", b"noarchive"),
    )


def _source(text: str) -> str:
    """An inline style or script of exactly this text (CSP level 3 §2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
