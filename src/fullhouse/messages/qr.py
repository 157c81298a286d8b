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

_MASK: Final = 3
"""Of eight patterns. Looking for the best of them costs four times as much as all else, and what
a camera can read does not depend on it: decision 0070."""

_INK: Final = bytes((255, 0)) + bytes(254)
"""What a module is painted with: 0 is a white one, 1 a dark one."""

_CONTENT_ID: Final = re.compile('src="cid:[^"]*"')


def qr_target(urls: SignedUrls, org: str, booking: Booking) -> str:
    """The address of the ticket, which changes nothing; it leads staff to their own page."""
    return urls.booking(org, booking, purpose="show").ticket


def qr_svg(text: str) -> str:
    """An SVG without styles, as the content security policy requires."""
    return _code(text).svg_inline(border=0, omitsize=True)


def qr_png(text: str) -> bytes:
    """A PNG, which mail programs show: less than 1 kB."""
    from PIL import Image  # noqa: PLC0415 - loaded where it is used: pages have an SVG

    rows = _code(text).matrix
    modules = Image.frombytes("L", (len(rows), len(rows)), b"".join(rows).translate(_INK))
    side = len(rows) * _MODULE_PIXELS
    margin = _QUIET_MODULES * _MODULE_PIXELS
    picture = Image.new("1", (side + 2 * margin, side + 2 * margin), 1)
    picture.paste(modules.resize((side, side), Image.Resampling.NEAREST), (margin, margin))
    png = BytesIO()
    picture.save(png, "png")
    return png.getvalue()


def _code(text: str) -> segno.QRCode:
    return segno.make_qr(text, error="m", mask=_MASK)


def with_qr_shown(html: str, qr: str) -> str:
    """The HTML of an e-mail for a browser, with the picture that mail programs are sent."""
    if not qr:
        return html
    png = base64.b64encode(qr_png(qr)).decode()
    return _CONTENT_ID.sub(f'src="data:image/png;base64,{png}"', html)
