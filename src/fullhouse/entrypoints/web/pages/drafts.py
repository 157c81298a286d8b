"""What a guest has typed into a form that was refused: the browser keeps it for the next one.

Another time, a second language or a new hold begins with an empty form, and links cannot carry
personal data. The cookie is encrypted and for the forms of one offering alone. It ends with the
booking, and after half an hour.
"""

from typing import Final

import msgspec

from fullhouse.booking.model.urls import OfferingUrls
from fullhouse.entrypoints.web.forms import Details
from fullhouse.entrypoints.web.limits import DRAFT_BYTES_MAX, DRAFT_COOKIE_SECONDS
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.http.response import Cookie
from fullhouse.storage.sealed_drafts import open_draft, seal_draft, sealer_of_drafts
from fullhouse.storage.sealing import Sealer

_COOKIE: Final = "draft"


class _Draft(msgspec.Struct, frozen=True):
    """The details as typed, without their problems."""

    name: str = ""
    email: str = ""
    phone: str = ""
    answers: dict[str, str] = {}


class Drafts(msgspec.Struct, frozen=True):
    """Keeps drafts in cookies, which only this installation can read: a device may be shared."""

    sealer: Sealer

    @classmethod
    def sealed_by(cls, secret: bytes) -> "Drafts":
        return cls(sealer_of_drafts(secret))

    def find(self, page: PageContext) -> Details:
        """The details that were typed before; empty ones when there are none."""
        draft = open_draft(self.sealer, page.request.cookies.get(_COOKIE, ""), _Draft) or _Draft()
        return Details(draft.name, draft.email, draft.phone, draft.answers)

    def keep(self, page: PageContext, urls: OfferingUrls, details: Details) -> None:
        """Have the browser keep the details in a cookie, without answers when it has no room."""
        answers = {name: text for name, text in details.answers.items() if text}
        without = _Draft(details.name, details.email, details.phone)
        for draft in (msgspec.structs.replace(without, answers=answers), without):
            text = seal_draft(self.sealer, draft)
            if draft != _Draft() and len(text) <= DRAFT_BYTES_MAX:
                page.cookies.append(_cookie(page, urls, text, seconds=DRAFT_COOKIE_SECONDS))
                return

    def forget(self, page: PageContext, urls: OfferingUrls) -> None:
        """Delete it, if there is one: its details are booked."""
        if _COOKIE in page.request.cookies:
            page.cookies.append(_cookie(page, urls, "", seconds=0))


def _cookie(page: PageContext, urls: OfferingUrls, value: str, *, seconds: int) -> Cookie:
    return Cookie(
        name=_COOKIE, value=value, path=urls.holds, max_age=seconds, secure=page.is_secure
    )
