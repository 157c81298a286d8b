"""The resource of inconsistencies: broken records of the business, and their repairs."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.model.urls import admin_path
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin_actions import (
    Action,
    ActionForm,
    ActionInput,
    FormField,
    StoredFields,
    action_form,
)
from fullhouse.entrypoints.web.admin_views import Cell, DetailSection, Header, RowView
from fullhouse.entrypoints.web.forms import uuid_key
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link, Note
from fullhouse.kernel.context import OPERATOR, Permission, RequestContext
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.resilience.consistency_acts import ConsistencyActs, ShownInconsistency, value_text
from fullhouse.resilience.errors import UnknownInconsistency
from fullhouse.resilience.limits import REASON_CHARACTERS_MAX

ALLOW: Final = Permission.MANAGE_ORGANISATION
OUTCOME_TEXTS: Final = {
    "open": _("Open"),
    "released": _("Released"),
    "repaired": _("Repaired"),
    "undone": _("Repair undone"),
    "gone": _("Ended by itself"),
}
RECORD_TEXTS: Final = {
    "slots": _("Time"),
    "bookings": _("Booking"),
    "allocations": _("Places"),
    "entries": _("Waiting list"),
    "keys": _("Request key"),
}
COLUMN_TEXTS: Final = {
    "booked": _("booked places"),
    "held": _("held places"),
    "capacity": _("all places"),
    "places": _("places"),
    "status": _("status"),
    "starts_at": _("start"),
    "ends_at": _("end"),
    "expires_at": _("expires"),
    "offering_id": _("offering"),
    "booking_id": _("booking"),
}
_OUTCOME_TONES: Final = {"open": "bad", "released": "warn", "undone": "warn"}
_REPAIR_LEAD: Final = _(
    "The changes on the page before are made, and nothing else. You can undo them as long as "
    "nobody has changed the record since."
)
_RELEASE_LEAD: Final = _(
    "The record stays as it is and can be changed again. Do this when you correct it yourself."
)


def _outcome_cell(row: ShownInconsistency, text: LocaleFormatter) -> str:
    return text.translations.gettext(OUTCOME_TEXTS[row.outcome])


def _statement_cell(row: ShownInconsistency, text: LocaleFormatter) -> str:
    return text.translations.gettext(row.statement)


_Column = blocks.Column[ShownInconsistency]
_COLUMNS: Final = (
    _Column("rule", _("Rule"), _statement_cell),
    _Column("what", _("What is wrong"), lambda row, _text: row.message),
    _Column("since", _("Time"), lambda row, text: text.listed_time(row.found_at), "wide"),
    _Column(
        "status",
        _("Status"),
        _outcome_cell,
        tone=lambda row: _OUTCOME_TONES.get(row.outcome, "good"),
    ),
    _Column("reason", _("Reason"), lambda row, _text: row.reason, "csv"),
)


class RepairFields(msgspec.Struct, frozen=True):
    """The form that asks whether the repair shall be applied; its version is the fingerprint."""


class ReleaseFields(msgspec.Struct, frozen=True):
    """Why a record is released."""

    reason: Annotated[str, Meta(min_length=1, max_length=REASON_CHARACTERS_MAX)]


class InconsistencyResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    acts: ConsistencyActs

    def resource(self) -> blocks.AdminResource[ShownInconsistency, msgspec.Struct]:
        return blocks.AdminResource(
            "inconsistencies",
            _("Consistency"),
            "history",
            ALLOW,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self._fetch,
                key=lambda row: str(row.id),
                is_live=True,
                lead=lambda page: page.translations.gettext(
                    "Data that contradicts itself. A booking that is open here is not changed by "
                    "anybody until it is repaired or released; all others go on."
                ),
                empty=_("All data is consistent. It is checked all the time."),
            ),
            detail=blocks.Detail(load=self._load, sections=_sections, warning=_warning),
            actions=self._actions(),
            section="audit",
        )

    def _actions(self) -> tuple[Action[ShownInconsistency], ...]:
        repair: ActionForm[ShownInconsistency] = action_form(
            RepairFields,
            (),
            self._repair,
            stored=_stored_repair,
            lead=_REPAIR_LEAD,
        )
        release: ActionForm[ShownInconsistency] = action_form(
            ReleaseFields,
            (FormField("reason", _("Reason"), _("Kept in the audit.")),),
            self._release,
            lead=_RELEASE_LEAD,
        )
        return (
            Action("repair", _("Repair"), None, ALLOW, None, lambda row: bool(row.repair), repair),
            Action(
                "release",
                _("Release"),
                None,
                ALLOW,
                None,
                lambda row: row.outcome == "open",
                release,
            ),
            Action(
                "undo",
                _("Undo the repair"),
                self._undo,
                ALLOW,
                None,
                lambda row: row.outcome == "repaired",
            ),
        )

    async def _fetch(
        self, page: PageContext, _query: blocks.ListQuery
    ) -> Sequence[ShownInconsistency]:
        return await self.acts.listed(page.org_id)

    async def _load(self, org_id: OrgId, key: str) -> ShownInconsistency:
        """Raises `UnknownInconsistency`. The plan is taken back with its locks."""
        context = RequestContext(OPERATOR, self.acts.unit_of_work.ids.uuid())
        return await self.acts.show(context, org_id, _id_of(key))

    async def _repair(self, page: PageContext, given: ActionInput[RepairFields]) -> Sequence[str]:
        (key,) = given.keys
        try:
            await self.acts.repair(
                page.context, page.org_id, _id_of(key), shown=f"{given.version or 0:07x}"
            )
        except FullhouseError as error:
            return (page.translations.gettext(error.detail),)
        return ()

    async def _release(self, page: PageContext, given: ActionInput[ReleaseFields]) -> Sequence[str]:
        (key,) = given.keys
        try:
            await self.acts.release(
                page.context, page.org_id, _id_of(key), reason=given.fields.reason
            )
        except FullhouseError as error:
            return (page.translations.gettext(error.detail),)
        return ()

    async def _undo(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        (key,) = keys
        try:
            await self.acts.undo(page.context, page.org_id, _id_of(key))
        except FullhouseError as error:
            return (page.translations.gettext(error.detail),)
        return ()


def consistency_link(page: PageContext) -> tuple[Link, ...]:
    """The way to what the continuous check has found."""
    if not page.context.may(ALLOW):
        return ()
    text = page.translations.gettext("Consistency")
    return (Link(text, admin_path(page.organisation.slug, "inconsistencies")),)


def _id_of(key: str) -> UUID:
    return uuid_key(key, UnknownInconsistency)


async def _stored_repair(_page: PageContext, row: ShownInconsistency) -> StoredFields[RepairFields]:
    return StoredFields(RepairFields(), version=int(row.repair or "0", 16))


def _warning(row: ShownInconsistency, text: LocaleFormatter) -> Note | None:
    if row.outcome != "open" or row.repair:
        return None
    gettext = text.translations.gettext
    return Note("warn", gettext("There is no repair that can be applied."), gettext(row.advice))


def _record_text(page: PageContext, record: str) -> str:
    """What kind of record it is, and the end of its id, by which two are told apart."""
    table, _space, record_id = record.partition(" ")
    return f"{page.translations.gettext(RECORD_TEXTS[table])} …{record_id[-4:]}"


async def _sections(page: PageContext, row: ShownInconsistency) -> tuple[DetailSection, ...]:
    """The repair as a table: what each column is, and what it becomes."""
    gettext = page.translations.gettext
    headers = tuple(
        Header(gettext(title), "always", is_number=False)
        for title in (_("Record"), _("Column"), _("Before"), _("After"))
    )
    rows = tuple(
        RowView(
            str(number),
            "",
            tuple(
                Cell(text, "always", is_number=False)
                for text in (
                    _record_text(page, one.record),
                    gettext(COLUMN_TEXTS.get(one.column, one.column)) if one.column else "",
                    value_text(one.before),
                    value_text(one.after),
                )
            ),
        )
        for number, one in enumerate(row.changes)
        if one.column != "version"
    )
    title = gettext("What was changed") if row.ended_at else gettext("What the repair changes")
    return (DetailSection(title=title, headers=headers, rows=rows),) if rows else ()
