"""The resource of closures: close for weather or bloom, and tell those who have booked."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking.errors import UnknownOffering
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.urls import admin_path
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.choices import offering_choices, venue_choices
from fullhouse.entrypoints.web.admin.fields import CHOOSE_ONE
from fullhouse.entrypoints.web.admin_actions import Action, FormField, act_on_each
from fullhouse.entrypoints.web.admin_views import (
    DetailSection,
    FormPreview,
    RowView,
    plain_headers,
    plain_row,
)
from fullhouse.entrypoints.web.forms import uuid_key
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Undo
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.localisation.translations import Translations, ngettext_noop
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.model import VenueId
from fullhouse.people.reads.organisations import venue_by_id
from fullhouse.scheduling.actions.close_venue import CloseVenue, NewClosure
from fullhouse.scheduling.actions.reopen_venue import ReopenVenue
from fullhouse.scheduling.closure_texts import (
    LINES_OF_REMEDIES,
    REMEDIES,
    closure_time,
    guest_state,
    told_text,
)
from fullhouse.scheduling.errors import UnknownClosure
from fullhouse.scheduling.model.closure_days import ClosureDays
from fullhouse.scheduling.model.closure_notices import ListedClosure, TouchedBooking
from fullhouse.scheduling.model.closures import ClosureId
from fullhouse.scheduling.reads.closures import (
    closure_by_id,
    closures_ahead,
    guests_of_closure,
)
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

_SHOWN: Final = 200
"""How many of the guests a preview names."""


_Column = blocks.Column[ListedClosure]
_COLUMNS: Final[tuple[blocks.Column[ListedClosure], ...]] = (
    _Column("time", _("Time"), closure_time),
    _Column("reason", _("Reason"), lambda row, _text: row.reason),
    _Column("what", _("Closed"), lambda row, _text: ", ".join(row.names) or row.venue_name, "wide"),
    _Column("told", _("Guests"), told_text),
)
_OVER: Final = _("Choose an end that comes after the beginning, and is not over.")
_GROUPS: Final = {
    _("When"): (
        FormField("first_day", _("First day"), "", _OVER),
        FormField("from_time", _("From"), _("Leave it empty for the whole day.")),
        FormField("last_day", _("Last day"), _("Leave it empty for one day."), _OVER),
        FormField("until_time", _("Until"), _("Leave it empty for the whole day.")),
    ),
    _("What is closed"): (
        FormField("venue", _("Venue")),
        FormField(
            "offerings",
            _("Offerings"),
            _("Tick none to close the whole venue."),
            kind="checkboxes",
        ),
    ),
    _("What guests read"): (
        FormField(
            "reason",
            _("Reason"),
            _("One sentence, such as: Thunderstorms are forecast, the field is closed."),
            _("Enter one line of text."),
        ),
        FormField(
            "tell", _("What do you offer those who have booked?"), choices=REMEDIES, kind="radio"
        ),
    ),
}
_FIELDS: Final[Mapping[str, str]] = {"starts_at": "first_day", "ends_at": "last_day"}


class ClosureResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    unit_of_work: UnitOfWorkFactory
    close: CloseVenue
    reopen: ReopenVenue

    def resource(self) -> blocks.AdminResource[ListedClosure, ClosureDays]:
        allow = Permission.MANAGE_OFFERINGS
        return blocks.AdminResource(
            "closures",
            _("Closures"),
            "calendar",
            allow,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self.fetch,
                key=lambda row: str(row.closure_id),
                formatter=venue_formatter,
                empty=_("Nothing is closed. Close for bad weather or after the bloom here."),
            ),
            detail=blocks.Detail(
                load=blocks.one_row(self.unit_of_work.database, load_closure, UnknownClosure),
                undo=lambda row, _history, text: undo_bar(row, text),
                sections=self.sections,
                refreshes=lambda row: row.due > 0,
            ),
            form=blocks.Form(
                struct=ClosureDays,
                groups=_GROUPS,
                new_label=_("Close for weather or bloom"),
                load=load_closure,
                stored=stored,
                save=self.save,
                allow=allow,
                choices={"venue": venue_choices, "offerings": offering_choices},
                preview=self.preview,
                previews_first=True,
                edits=False,
                fields_of_errors=_FIELDS,
                refusals={
                    UnknownVenue: ("venue", CHOOSE_ONE),
                    UnknownOffering: ("offerings", _("Choose offerings of this venue.")),
                },
            ),
            actions=(self.open_again_action(),),
            section="offerings",
        )

    def open_again_action(self) -> Action[ListedClosure]:
        """It takes back a closure, at any time."""
        return Action(
            "undo",
            _("Open again"),
            self.open_again,
            Permission.MANAGE_OFFERINGS,
            done=ngettext_noop(
                "%(n)s closure removed. E-mails that had not left are stopped, and guests "
                "who were told hear that you are open.",
                "%(n)s closures removed. E-mails that had not left are stopped, and guests "
                "who were told hear that you are open.",
            ),
            fits=lambda _row: True,
            ends=True,
        )

    async def fetch(self, page: PageContext, _query: blocks.ListQuery) -> Sequence[ListedClosure]:
        async with self.unit_of_work.database.session() as session:
            return await closures_ahead(session, page.org_id, now=page.now)

    async def sections(self, page: PageContext, row: ListedClosure) -> tuple[DetailSection, ...]:
        """Who was there, and what each has done since."""
        async with self.unit_of_work.database.session() as session:
            guests = await guests_of_closure(session, page.org_id, row.closure_id)
        if not guests:
            return ()
        text = venue_formatter(row, page)
        path = admin_path(page.organisation.slug, "bookings")
        rows = [
            plain_row(
                guest.customer_name,
                text.time_on(row.starts_at.date(), guest.starts_at),
                guest_state(guest, text),
                str(guest.party),
                href=f"{path}/{guest.ref}",
            )
            for guest in guests
        ]
        headers = plain_headers(page.translations, _("Name"), _("Time"), _("Status"), _("Guests"))
        title = page.translations.gettext("Guests")
        return (DetailSection(title=title, headers=headers, rows=tuple(rows)),)

    async def preview(
        self, uow: UnitOfWork, page: PageContext, submission: blocks.Submission[ClosureDays]
    ) -> FormPreview:
        """Whom it touches, and what happens then."""
        form, translations = submission.fields, page.translations
        venue = await venue_by_id(uow.session, uow.org_id, VenueId(form.venue))
        if venue is None:
            raise UnknownVenue
        found = await self.close.preview(uow, VenueId(form.venue), new_closure(form))
        guests = [booking for booking in found if booking.status == "confirmed"]
        people = page.formatter(venue).people(sum(booking.party for booking in guests))
        lines = [translations.gettext(LINES_OF_REMEDIES[form.tell])] if guests else []
        unreachable = sum(not booking.customer_email for booking in guests)
        if unreachable and form.remedy:
            lines.append(
                translations.ngettext(
                    "%(n)s of them has no e-mail address: please call.",
                    "%(n)s of them have no e-mail address: please call.",
                    unreachable,
                )
            )
        count = translations.ngettext(
            "%(n)s booking for %(people)s is at this time",
            "%(n)s bookings for %(people)s are at this time",
            len(guests),
            people=people,
        )
        return FormPreview(
            title=count if guests else translations.gettext("No one has booked this time"),
            lines=tuple(lines),
            headers=plain_headers(
                translations, _("Name"), _("Time"), _("Phone"), _("Guests"), _("Offering")
            ),
            rows=guest_rows(
                guests[:_SHOWN],
                page.formatter(venue),
                page.organisation.slug,
                day=form.first_day,
            ),
            more=more_text(len(guests) - _SHOWN, translations),
            button=translations.ngettext(
                "Close and tell %(n)s guest", "Close and tell %(n)s guests", len(guests)
            )
            if guests and form.remedy
            else translations.gettext("Close"),
        )

    async def save(self, uow: UnitOfWork, submission: blocks.Submission[ClosureDays]) -> str:
        form = submission.fields
        done = await self.close(uow, VenueId(form.venue), new_closure(form))
        return str(done.closure_id)

    async def open_again(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        """Take closures back; one that somebody else took back is gone already."""
        return await act_on_each(
            self.unit_of_work,
            page,
            keys,
            act=lambda uow, key: self.reopen(uow, ClosureId(uuid_key(key, UnknownClosure))),
        )


def new_closure(form: ClosureDays) -> NewClosure:
    starts_at, ends_at = form.span
    return NewClosure(
        starts_at, ends_at, form.reason, tuple(map(OfferingId, form.offerings)), form.remedy
    )


async def load_closure(session: Session, org_id: OrgId, key: str) -> ListedClosure | None:
    """The closure with this id, also one that is over."""
    return await closure_by_id(session, org_id, uuid_key(key, UnknownClosure))


def stored(row: ListedClosure) -> blocks.Stored[ClosureDays]:
    """No closure is edited: it is taken back, and made anew."""
    raise UnknownClosure(closure=row.closure_id)


def venue_formatter(row: ListedClosure, page: PageContext) -> LocaleFormatter:
    return formatter_for(page.language, ZoneInfo(row.zone), country=row.country, now=page.now)


def undo_bar(row: ListedClosure, formatter: LocaleFormatter) -> Undo | None:
    """The bar until the first guest is told: so far nobody knows."""
    if row.told or not row.due or row.first_due_at is None:
        return None
    text = formatter.translations.ngettext(
        "Closed. The e-mail to %(n)s guest leaves at %(time)s.",
        "Closed. The e-mails to %(n)s guests leave from %(time)s on.",
        row.due,
        time=formatter.time(row.first_due_at),
    )
    return Undo(text, "")


def more_text(count: int, translations: Translations) -> str:
    """How many are not shown; empty for none."""
    return translations.gettext("and %(n)s more", n=count) if count > 0 else ""


def guest_rows(
    bookings: Sequence[TouchedBooking], formatter: LocaleFormatter, org: str, *, day: date
) -> tuple[RowView, ...]:
    """The guests of a preview, each with a link to the booking; times of `day` without it."""
    return tuple(
        plain_row(
            booking.customer_name,
            _time(booking.starts_at, formatter, day=day),
            str(booking.party),
            booking.offering_name,
            href=admin_path(org, f"bookings/{booking.ref}"),
            phone=booking.customer_phone,
        )
        for booking in bookings
    )


def _time(starts_at: datetime, formatter: LocaleFormatter, *, day: date) -> str:
    """The time alone on the first day of the closure, and short with its day on a later one."""
    is_first = formatter.local(starts_at).date() == day
    return formatter.time(starts_at) if is_first else formatter.listed_time(starts_at)
