"""The resource of schedules: when an offering takes place, in weekdays and hours."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking.catalogue import offering_by_slug
from fullhouse.booking.errors import UnknownOffering
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.slot_plan import ScheduleId
from fullhouse.booking.model.urls import admin_path
from fullhouse.entrypoints.inputs.fields import Slug
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.choices import offering_slug_choices
from fullhouse.entrypoints.web.admin.fields import CHOOSE_ONE
from fullhouse.entrypoints.web.admin.history import HistorySubject
from fullhouse.entrypoints.web.admin_actions import Action, FormField, act_on_each
from fullhouse.entrypoints.web.admin_views import (
    DetailSection,
    FormPreview,
    Header,
    RowView,
    plain_headers,
    plain_row,
)
from fullhouse.entrypoints.web.forms import uuid_key
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop, pgettext_noop
from fullhouse.scheduling.actions.add_schedule import AddSchedule
from fullhouse.scheduling.actions.change_schedule import ChangeSchedule
from fullhouse.scheduling.actions.end_schedule import EndSchedule
from fullhouse.scheduling.errors import UnknownSchedule
from fullhouse.scheduling.materialisation import (
    MaterialisationResult,
    offering_at_venue,
    slots_with_bookings,
)
from fullhouse.scheduling.model.schedule import ListedSchedule, PlannedSlot
from fullhouse.scheduling.model.weekly_hours import WEEKDAYS, WeeklyHours, weekly_hours_of
from fullhouse.scheduling.reads.schedules import schedules_listed, slots_of_schedule
from fullhouse.scheduling.schedule_texts import change_lines, day_rows, schedule_sentence
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

_DAYS_SHOWN: Final = 30


class ScheduleForm(WeeklyHours, frozen=True, kw_only=True):
    """A schedule and the address of its offering, which is chosen once."""

    offering: Slug


DAY_NAMES: Final = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)
_LINES: Final = _("One a line, such as 2027-07-04 10:00.")
_HOURS: Final = _("Enter a last time that comes after the first, on the same day.")
_STEP: Final = _("Choose a step like 10 or 15 minutes: these are too many times for a day.")
_GROUPS: Final = {
    _("Offering"): (FormField("offering", _("Offering"), only_new=True),),
    _("Days"): (
        FormField(
            "weekdays",
            _("Weekdays"),
            "",
            _("Choose days on which there is a time to come."),
            choices=tuple(zip(WEEKDAYS, DAY_NAMES, strict=True)),
            kind="checkboxes",
        ),
        FormField("first_day", _("First day"), "", _("Choose a day with a time to come.")),
        FormField(
            "last_day",
            _("Last day"),
            _("Leave it empty to go on without an end."),
            _("Choose a day after the first."),
        ),
        FormField(
            "closed_on_holidays",
            _("Closed on public holidays"),
            "",
            _("The public holidays of the country of the venue are not known."),
        ),
    ),
    _("Times"): (
        FormField("first_time", _("First time"), "", _HOURS),
        FormField("last_time", _("Last time"), _("When the last one of a day begins."), _HOURS),
        FormField("every_minutes", _("A time each"), "", _STEP, unit=_("minutes")),
        FormField("duration_minutes", _("Each lasts"), unit=_("minutes")),
        FormField(
            "places",
            _("Places at each time"),
            "",
            _("Enter at least the size of the smallest group of the offering."),
        ),
    ),
    _("Single times"): (
        FormField("extra", _("Also"), _LINES, _LINES, kind="textarea"),
        FormField(
            "except_",
            pgettext_noop("schedule", "Except"),
            _LINES,
            _("Each line must be a time that the schedule has."),
            kind="textarea",
        ),
    ),
}
_FIELDS: Final[Mapping[str, str]] = {
    "starts_at": "first_day",
    "rule": "weekdays",
    "capacity": "places",
    "rdates": "extra",
    "exdates": "except_",
    "country": "closed_on_holidays",
}
_ENDED: Final = ngettext_noop(
    "%(n)s schedule ended. Times with bookings keep their guests.",
    "%(n)s schedules ended. Times with bookings keep their guests.",
)
_Column = blocks.Column[ListedSchedule]
_COLUMNS: Final[tuple[blocks.Column[ListedSchedule], ...]] = (
    _Column("schedule", _("Schedule"), schedule_sentence),
    _Column("offering", _("Offering"), lambda row, _text: row.offering_name),
)


class ScheduleResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    unit_of_work: UnitOfWorkFactory
    add: AddSchedule
    change: ChangeSchedule
    end: EndSchedule

    def resource(self) -> blocks.AdminResource[ListedSchedule, ScheduleForm]:
        allow = Permission.MANAGE_OFFERINGS
        return blocks.AdminResource(
            "schedules",
            _("Schedules"),
            "calendar",
            allow,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self.fetch,
                key=lambda row: str(row.schedule_id),
                formatter=venue_formatter,
                empty=_("No offering has times yet. Add a schedule, and they are on sale."),
            ),
            subject=lambda row: HistorySubject(row.schedule_id, ""),
            detail=blocks.Detail(
                load=blocks.one_row(self.unit_of_work.database, load_schedule, UnknownSchedule),
                sections=self.sections,
                links=offering_link,
            ),
            form=blocks.Form(
                struct=ScheduleForm,
                groups=_GROUPS,
                new_label=_("Add a schedule"),
                load=load_schedule,
                stored=stored,
                save=self.save,
                allow=allow,
                choices={"offering": offering_slug_choices},
                preview=self.preview,
                previews_first=True,
                can_edit=lambda row: weekly_hours_of(row) is not None,
                fields_of_errors=_FIELDS,
                refusals={UnknownOffering: ("offering", CHOOSE_ONE)},
            ),
            actions=(
                Action(
                    "end",
                    _("End this schedule"),
                    self.end_now,
                    allow,
                    done=_ENDED,
                    fits=lambda _row: True,
                    ends=True,
                ),
            ),
            section="offerings",
        )

    async def fetch(self, page: PageContext, query: blocks.ListQuery) -> Sequence[ListedSchedule]:
        async with self.unit_of_work.database.session() as session:
            slug = query.filters.get("offering")
            return await schedules_listed(session, page.org_id, slug=slug)

    async def sections(self, page: PageContext, row: ListedSchedule) -> tuple[DetailSection, ...]:
        async with self.unit_of_work.database.session() as session:
            slots = await slots_of_schedule(
                session, page.org_id, (row.offering_id, row.schedule_id), now=page.now
            )
        headers, rows = shown_days(slots, venue_formatter(row, page))
        title = page.translations.gettext("Coming times")
        return (DetailSection(title=title, headers=headers, rows=rows),) if rows else ()

    async def preview(
        self, uow: UnitOfWork, page: PageContext, submission: blocks.Submission[ScheduleForm]
    ) -> FormPreview:
        """The schedule in a sentence, its times, and what becomes of those that are sold."""
        offering, schedule_id, done = await self._apply(uow, submission)
        unused, venue = await offering_at_venue(uow.session, uow.org_id, offering.offering_id)
        text = page.formatter(venue)
        booked = await slots_with_bookings(uow.session, uow.org_id, done.off_schedule)
        slots = await slots_of_schedule(
            uow.session, uow.org_id, (unused.offering_id, schedule_id), now=uow.now
        )
        headers, rows = shown_days(slots, text)
        return FormPreview(
            title=f"{offering.name}: {schedule_sentence(submission.fields.spec(), text)}",
            lines=change_lines(done, booked, text),
            headers=headers,
            rows=rows,
        )

    async def save(self, uow: UnitOfWork, submission: blocks.Submission[ScheduleForm]) -> str:
        _offering, schedule_id, _done = await self._apply(uow, submission)
        return str(schedule_id)

    async def end_now(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        """End schedules; slots in use stay for the owner to look at."""
        return await act_on_each(
            self.unit_of_work,
            page,
            keys,
            act=lambda uow, key: self.end(uow, ScheduleId(uuid_key(key, UnknownSchedule))),
        )

    async def _apply(
        self, uow: UnitOfWork, submission: blocks.Submission[ScheduleForm]
    ) -> tuple[Offering, UUID, MaterialisationResult]:
        form, version = submission.fields, submission.version
        offering = await offering_by_slug(uow.session, uow.org_id, form.offering)
        if offering is None:
            raise UnknownOffering
        if version is None:
            schedule_id, done = await self.add(uow, offering.offering_id, form.spec())
            return offering, schedule_id, done
        changed = ScheduleId(submission.row_id)
        result = await self.change(uow, changed, form.spec(), expected_version=version)
        return offering, changed, result


async def load_schedule(session: Session, org_id: OrgId, key: str) -> ListedSchedule | None:
    schedule_id = uuid_key(key, UnknownSchedule)
    found = await schedules_listed(session, org_id, schedule_id=schedule_id)
    return found[0] if found else None


def stored(row: ListedSchedule) -> blocks.Stored[ScheduleForm]:
    """The form of a schedule; one that a program made has none: raises `UnknownSchedule`."""
    hours = weekly_hours_of(row)
    if hours is None:
        raise UnknownSchedule(schedule=row.schedule_id)
    fields = ScheduleForm(offering=row.offering, **msgspec.structs.asdict(hours))
    return blocks.Stored(row.offering_name, row.version, fields, row.schedule_id, "")


def venue_formatter(row: ListedSchedule, page: PageContext) -> LocaleFormatter:
    return formatter_for(page.language, ZoneInfo(row.zone), country=row.country, now=page.now)


def offering_link(page: PageContext, row: ListedSchedule) -> tuple[Link, ...]:
    return (
        Link(row.offering_name, admin_path(page.organisation.slug, f"offerings/{row.offering}")),
    )


def shown_days(
    slots: Sequence[PlannedSlot], formatter: LocaleFormatter
) -> tuple[tuple[Header, ...], tuple[RowView, ...]]:
    """A table of the coming days."""
    rows = day_rows(slots, formatter)[:_DAYS_SHOWN]
    headers = plain_headers(formatter.translations, _("Day"), _("Times"), _("Places"))
    return headers, tuple(plain_row(*row) for row in rows)
