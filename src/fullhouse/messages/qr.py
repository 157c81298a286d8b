"""QR code of a booking, for its ticket and its e-mail."""

import base64
import re
from io import BytesIO
from typing import Final

import segno

from fullhouse.booking.model.booking import Booking
from fullhouse.booking.model.urls import SignedUrls

_MODULE_PIXELS = 5
_QUIET_MODULES = 4
"""White around the code (ISO/IEC 18004), which stays white in a dark mail program."""

_CONTENT_ID: Final = re.compile('src="cid:[^"]*"')


def qr_target(urls: SignedUrls, org: str, booking: Booking) -> str:
    """The address of the ticket, which changes nothing; it leads staff to their own page."""
    return urls.booking(org, booking, purpose="show").ticket


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


def with_qr_shown(html: str, qr: str) -> str:
    """The HTML of an e-mail for a browser, with the picture that mail programs are sent."""
    if not qr:
        return html
    png = base64.b64encode(qr_png(qr)).decode()
    return _CONTENT_ID.sub(f'src="data:image/png;base64,{png}"', html)
