"""What a guest has typed into a form that was refused: the browser keeps it for the next one.

Another time, a second language or a new hold begins with an empty form, and links cannot carry
personal data. The cookie is for the forms of one offering alone, ends with the booking, and after
half an hour.
"""

import base64
import binascii
from typing import Final

import msgspec

from fullhouse.booking.model.urls import OfferingUrls
from fullhouse.entrypoints.web.forms import Details
from fullhouse.entrypoints.web.limits import DRAFT_BYTES_MAX, DRAFT_COOKIE_SECONDS
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.response import Cookie

_COOKIE: Final = "draft"


class _Draft(msgspec.Struct, frozen=True):
    """The details as typed, without their problems."""

    name: str = ""
    email: str = ""
    phone: str = ""


def draft_of(page: PageContext) -> Details:
    """The details that were typed before; empty ones when there are none."""
    kept = page.request.cookies.get(_COOKIE, "")
    try:
        text = base64.b64decode(kept.encode("ascii"), altchars=b"-_", validate=True)
        draft = msgspec.json.decode(text, type=_Draft)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        return Details()  # none, or not one of ours
    return Details(draft.name, draft.email, draft.phone)


def keep_draft(page: PageContext, urls: OfferingUrls, details: Details) -> None:
    """Have the browser keep the details, if they fit into a cookie."""
    draft = _Draft(details.name, details.email, details.phone)
    text = base64.b64encode(msgspec.json.encode(draft), altchars=b"-_").decode()
    if draft != _Draft() and len(text) <= DRAFT_BYTES_MAX:
        page.cookies.append(_cookie(page, urls, text, seconds=DRAFT_COOKIE_SECONDS))


def forget_draft(page: PageContext, urls: OfferingUrls) -> None:
    """Delete it, if there is one: its details are booked."""
    if _COOKIE in page.request.cookies:
        page.cookies.append(_cookie(page, urls, "", seconds=0))


def _cookie(page: PageContext, urls: OfferingUrls, value: str, *, seconds: int) -> Cookie:
    return Cookie(
        name=_COOKIE, value=value, path=urls.holds, max_age=seconds, secure=page.is_secure
    )
