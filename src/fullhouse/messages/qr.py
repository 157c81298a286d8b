"""QR code of a booking, for its ticket and its e-mail."""

from io import BytesIO

import segno

from fullhouse.booking.model.urls import admin_path

_MODULE_PIXELS = 5
_QUIET_MODULES = 4
"""White around the code (ISO/IEC 18004), which stays white in a dark mail program."""


def qr_target(base_url: str, org: str, ref: str) -> str:
    """What the code of a booking says: its page for staff."""
    return base_url + admin_path(org, f"bookings/{ref}")


def qr_svg(text: str) -> str:
    """An SVG without styles, as the content security policy requires."""
    return segno.make_qr(text, error="m").svg_inline(border=0, omitsize=True)


def qr_png(text: str) -> bytes:
    """A PNG, which mail programs show: about 600 bytes."""
    image = BytesIO()
    segno.make_qr(text, error="m").save(
        image, kind="png", scale=_MODULE_PIXELS, border=_QUIET_MODULES
    )
    return image.getvalue()
