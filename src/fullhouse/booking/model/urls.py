"""URLs of pages and of the API: the one place that spells them.

Paths begin with a slash. A URL that leaves the site begins with the public address of the
installation (`Settings.base_url`), which has no slash at its end.
"""

import re
from datetime import date
from typing import Final, Literal, Protocol
from urllib.parse import urlencode
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.kernel.ids import OrgId
from fullhouse.people.model import Organisation
from fullhouse.people.model.domains import own_base_url

ADMIN_PATH: Final = "/admin"
_TICKET: Final = re.compile(r"/(?P<org>[^/?#]+)/b/(?P<ref>[A-Za-z0-9]+)")
_CODE_CHARACTERS_MAX: Final = 400
OPENAPI_PATH: Final = "/schema/openapi.json"
SIGN_OUT_PATH: Final = "/admin/leave"
SIGN_IN_PATH: Final = "/admin/sign-in"
SIGN_IN_CODE_PATH: Final = "/admin/sign-in/code"
FORGOTTEN_PATH: Final = "/admin/forgotten"
SIGN_UP_PATH: Final = "/admin/sign-up"
ACCOUNT_PATH: Final = "/admin/account"
ACCOUNTS_PATH: Final = "/admin/accounts"
DOMAINS_PATH: Final = "/admin/domains"
DATABASE_PATH: Final = "/admin/database"
LATENCY_PATH: Final = "/admin/latency"
OPTIMISATIONS_PATH: Final = "/admin/optimisations"
SERVICE_LEVEL_PATH: Final = "/admin/service-level"
SERVICE_LEVEL_CSV_PATH: Final = "/admin/service-level.csv"
MODE_PATH: Final = "/admin/mode"
OPERATIONS_PATH: Final = "/admin/operations"
CIRCUITS_PATH: Final = "/admin/circuits"
FLAGS_PATH: Final = "/admin/flags"
SHORT_ACCOUNT_PATH: Final = "/account"
"""Leads there: short enough to be told and typed."""


def reset_path(token: str) -> str:
    return f"{ADMIN_PATH}/reset/{token}"


def sign_up_path(token: str) -> str:
    return f"{SIGN_UP_PATH}/{token}"


def invitation_path(token: str) -> str:
    return f"{ADMIN_PATH}/invitation/{token}"


def set_up_path(token: str, step: str = "") -> str:
    """Where the first business is set up, step by step."""
    path = f"{ADMIN_PATH}/set-up/{token}"
    return f"{path}/{step}" if step else path


def confirm_email_path(token: str) -> str:
    return f"{ADMIN_PATH}/confirm-email/{token}"


def with_query(path: str, /, **values: object) -> str:
    """Append the values that are not None as the query."""
    query = {name: value for name, value in values.items() if value is not None}
    return f"{path}?{urlencode(query)}" if query else path


def organisation_path(org: str) -> str:
    return f"/{org}"


def accent_path(org: str, accent: str) -> str:
    """Stylesheet of the organisation's accent; it changes with the color."""
    return with_query(f"/{org}/accent.css", v=accent.removeprefix("#"))


def picture_path(org: str, name: str, size: str) -> str:
    """A picture that the organisation has sent: `card` or `cover`."""
    return f"/{org}/pictures/{name}/{size}"


def api_path(org: str) -> str:
    return f"/api/v1/{org}"


def admin_path(org: str, page: str, /, **values: object) -> str:
    return with_query(f"{ADMIN_PATH}/{org}/{page}", **values)


def run_sheet_path(org: str, day: date, ref: str) -> str:
    """The line of a booking on the run sheet of a day."""
    return admin_path(org, "today", date=day.isoformat()) + f"#p-{ref}"


def sign_in_path(token: str) -> str:
    return f"{ADMIN_PATH}/enter/{token}"


def tickets_path(org: str, /, **values: object) -> str:
    """Where a guest has tickets sent again."""
    return with_query(f"/{org}/b", **values)


class SlotUrls(Protocol):
    """Where a slot is chosen, to book it or to move a booking to it."""

    @property
    def org(self) -> str: ...

    def slot(self, day: date, slot_id: UUID) -> str: ...


class StaffSlotUrls(Struct, frozen=True):
    """Where staff book a slot. Implements `SlotUrls`."""

    org: str

    def slot(self, day: date, slot_id: UUID) -> str:
        values = {"date": day.isoformat(), "new": 1, "slot": slot_id}
        return admin_path(self.org, "today", **values) + "#new"


class OfferingUrls(Struct, frozen=True):
    """Pages of one offering, for a party of a chosen size. Implements `SlotUrls`."""

    org: str
    offering: str
    party: int | None = None
    guests: str = ""
    """The end of the query that says how many come of each price category: `guests_query`."""

    @property
    def path(self) -> str:
        return f"/{self.org}/{self.offering}"

    def day(self, day: date) -> str:
        query = with_query(self.path, day=day.isoformat(), party=self.party)
        return f"{query}{self.guests}#times"

    def month(self, month: date) -> str:
        return with_query(self.path, month=f"{month:%Y-%m}", party=self.party) + self.guests

    def slot(self, day: date, slot_id: UUID) -> str:
        # None of it needs to be quoted, which takes a tenth of the time of a page with many slots
        party = "" if self.party is None else f"&party={self.party}"
        return f"{self.path}?day={day.isoformat()}{party}{self.guests}&slot={slot_id}#chosen"

    @property
    def holds(self) -> str:
        return f"{self.path}/holds"

    def hold(self, hold_id: UUID) -> str:
        return f"{self.holds}/{hold_id}"

    def release(self, hold_id: UUID) -> str:
        return f"{self.hold(hold_id)}/release"

    @property
    def waiting_list(self) -> str:
        return f"{self.path}/waiting"

    def live(self, day: date) -> str:
        """The stream of a day's remaining places."""
        path = f"{api_path(self.org)}/offerings/{self.offering}/live"
        return with_query(path, date=day.isoformat())

    def counts(self, day: date) -> str:
        """A day's remaining places as they stand, for who may not have the stream."""
        path = f"{api_path(self.org)}/offerings/{self.offering}/availability"
        return with_query(path, **{"from": day.isoformat(), "to": day.isoformat()})


class BookingUrls(Struct, frozen=True):
    """The customer's pages of one booking; the token proves whose booking it is.

    With `party` the links of the calendar are for another number of guests than the booking's.
    """

    org: str
    ref: str
    token: str
    base_url: str = ""
    party: int | None = None
    guests: str = ""
    """The end of the query that says how many come of each price category: `guests_query`."""

    @property
    def path(self) -> str:
        return f"{self.base_url}/{self.org}/b/{self.ref}"

    @property
    def ticket(self) -> str:
        return f"{self.path}?t={self.token}"

    @property
    def change(self) -> str:
        return f"{self.path}/change?t={self.token}"

    @property
    def calendar(self) -> str:
        return f"{self.path}/calendar.ics?t={self.token}"

    @property
    def move(self) -> str:
        return f"{self.path}/move"

    @property
    def cancel(self) -> str:
        return f"{self.path}/cancel"

    @property
    def cancel_page(self) -> str:
        return f"{self.cancel}?t={self.token}"

    @property
    def undo(self) -> str:
        return f"{self.path}/undo"

    @property
    def send(self) -> str:
        return f"{self.path}/send"

    @property
    def contact(self) -> str:
        return f"{self.path}/contact?t={self.token}"

    @property
    def answers(self) -> str:
        return f"{self.path}/answers?t={self.token}"

    @property
    def rating(self) -> str:
        return f"{self.path}/rating?t={self.token}"

    @property
    def renew(self) -> str:
        return f"{self.path}/renew"

    def ticket_after(self, done: str) -> str:
        """The ticket with a note about what has just been done."""
        return with_query(self.path, t=self.token, done=done)

    @property
    def new_ticket(self) -> str:
        return with_query(self.path, t=self.token, new=1)

    def move_day(self, day: date) -> str:
        return self._choice(day=day.isoformat()) + "#times"

    def move_month(self, month: date) -> str:
        return self._choice(month=f"{month:%Y-%m}")

    def slot(self, day: date, slot_id: UUID) -> str:
        """The slot to move to. Implements `SlotUrls`."""
        return self._choice(day=day.isoformat(), slot=slot_id) + "#chosen"

    def _choice(self, **values: object) -> str:
        path = f"{self.path}/change"
        return with_query(path, t=self.token, party=self.party, **values) + self.guests


def reference_of(code: str, org: str) -> str:
    """The reference that a ticket's code or a typed text names; empty for another business's."""
    text = code[:_CODE_CHARACTERS_MAX]
    if found := _TICKET.search(text):
        return found["ref"].upper() if found["org"] == org else ""
    return re.sub("[^A-Z0-9]", "", text.upper()) if "/" not in text else ""


class WaitingListUrls(Struct, frozen=True):
    """The customer's page of one entry of a waiting list."""

    org: str
    entry_id: UUID
    token: str
    base_url: str = ""

    @property
    def entry(self) -> str:
        return f"{self.base_url}/{self.org}/w/{self.entry_id}?t={self.token}"

    @property
    def accept(self) -> str:
        return f"{self.base_url}/{self.org}/w/{self.entry_id}/accept?t={self.token}"

    @property
    def leave(self) -> str:
        return f"{self.base_url}/{self.org}/w/{self.entry_id}/leave?t={self.token}"


class LinkedBooking(Protocol):
    """What the links to a booking's pages are made of."""

    @property
    def org_id(self) -> OrgId: ...

    @property
    def booking_id(self) -> UUID: ...

    @property
    def ref(self) -> str: ...

    @property
    def link_version(self) -> int: ...


class SignedUrls(Struct, frozen=True):
    """URLs of customers' own pages with their tokens; paths when `base_url` is empty."""

    signer: LinkSigner
    base_url: str = ""

    def of(self, organisation: Organisation) -> "SignedUrls":
        """Those of a business: at its own domain, where it has one."""
        return SignedUrls(self.signer, own_base_url(organisation, self.base_url))

    def booking(
        self,
        org: str,
        booking: LinkedBooking,
        *,
        purpose: Literal["manage", "show", "rate"] = "manage",
    ) -> BookingUrls:
        """The pages of a booking. With the purpose `show` they show it and change nothing.

        With `rate` only its rating opens.
        """
        token = self.signer.token(
            purpose, booking.org_id, booking.booking_id, version=booking.link_version
        )
        return BookingUrls(org, booking.ref, token, self.base_url)

    def acknowledge(self, org: str, *, org_id: OrgId, message_id: UUID) -> str:
        """Where a gateway says what became of a message."""
        token = self.signer.token("acknowledge", org_id, message_id)
        path = f"{self.base_url}/api/v1/{org}/messages/{message_id}/acknowledge"
        return with_query(path, token=token)

    def digest(self, org: str, *, org_id: OrgId, account_id: UUID) -> str:
        """Where a person who works for a business turns off what comes each morning."""
        token = self.signer.token("digest", org_id, account_id)
        return with_query(f"{self.base_url}/{org}/d/{account_id}", t=token)

    def unsubscribe(self, org: str, *, org_id: OrgId, address_id: UUID) -> str:
        """Where an address says that it wants no more e-mails, or wants them again."""
        token = self.signer.token("unsubscribe", org_id, address_id)
        return with_query(f"{self.base_url}/{org}/u/{address_id}", t=token)

    def waiting_list(self, org: str, *, org_id: OrgId, entry_id: UUID) -> WaitingListUrls:
        token = self.signer.token("waiting", org_id, entry_id)
        return WaitingListUrls(org, entry_id, token, self.base_url)
