"""The resource of dead letters: jobs of the business that failed for good."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from fullhouse.booking.actions.offer_freed_places import OFFER_PLACES
from fullhouse.booking.model.urls import admin_path
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin_actions import (
    Action,
    ActionForm,
    ActionInput,
    FormField,
    action_form,
)
from fullhouse.entrypoints.web.admin_views import Cell, DetailSection, Header, RowView
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice, Link
from fullhouse.jobs import dead_letters as letters
from fullhouse.jobs.dead_letters import DeadLetter, Selection
from fullhouse.jobs.limits import DEAD_LETTER_REASON_CHARACTERS_MAX
from fullhouse.jobs.relayed_again import RELAYED_EVENT
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop
from fullhouse.messages.actions.send_test_email import SEND_TEST_EMAIL
from fullhouse.messages.digests import SEND_DIGEST
from fullhouse.messages.model import HAND_OVER, SEND_MESSAGE, SEND_SMS
from fullhouse.messages.model.channels import TEST_CHANNEL
from fullhouse.messages.model.webhooks import SEND_WEBHOOK, SEND_WEBHOOK_AGAIN
from fullhouse.people.model.account_messages import SEND_ACCOUNT_MESSAGE
from fullhouse.resilience.inbox import PROCESS_WEBHOOK
from fullhouse.scheduling.model.closure_notices import TELL_OF_CLOSURE
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

ALLOW: Final = Permission.MANAGE_ORGANISATION
KIND_TEXTS: Final[Mapping[str, str]] = {
    SEND_MESSAGE: _("E-mail to a guest"),
    SEND_ACCOUNT_MESSAGE: _("E-mail about an account"),
    SEND_TEST_EMAIL: _("Test of an e-mail"),
    SEND_DIGEST: _("Daily overview"),
    HAND_OVER: _("Message by your service"),
    SEND_SMS: _("Text message"),
    TEST_CHANNEL: _("Test of a channel"),
    SEND_WEBHOOK: _("Event for a program"),
    SEND_WEBHOOK_AGAIN: _("Event for a program, tried before"),
    PROCESS_WEBHOOK: _("Webhook of a provider"),
    RELAYED_EVENT: _("What follows from an event"),
    OFFER_PLACES: _("Offer of places from the waiting list"),
    TELL_OF_CLOSURE: _("Notice that a time is closed"),
}
_REASON_HINT: Final = _("Kept in the audit.")
_RETRY_LEAD: Final = _(
    "They are tried again, ten a second. Retry once the cause is repaired: what fails again comes "
    "back to this list."
)
_DISCARD_LEAD: Final = _("They are never tried again. This cannot be undone.")
_RETRIED: Final = ngettext_noop("%(n)s failed job is retried.", "%(n)s failed jobs are retried.")
_DISCARDED: Final = ngettext_noop(
    "%(n)s failed job was discarded.", "%(n)s failed jobs were discarded."
)


def _kind_cell(row: DeadLetter, text: LocaleFormatter) -> str:
    known = KIND_TEXTS.get(row.kind)
    return text.translations.gettext(known) if known else row.kind


_Column = blocks.Column[DeadLetter]
_COLUMNS: Final = (
    _Column("kind", _("What"), _kind_cell),
    _Column("error", _("Reason"), lambda row, _text: row.last_error),
    _Column(
        "attempts", _("Attempts"), lambda row, _text: str(row.attempts), "wide", is_number=True
    ),
    _Column("since", _("Time"), lambda row, text: text.listed_time(row.created_at), "wide"),
)


class RetryFields(msgspec.Struct, frozen=True):
    """Why jobs are retried."""

    reason: Annotated[str, Meta(max_length=DEAD_LETTER_REASON_CHARACTERS_MAX)] = ""


class DiscardFields(msgspec.Struct, frozen=True):
    """Why jobs are discarded."""

    reason: Annotated[str, Meta(min_length=1, max_length=DEAD_LETTER_REASON_CHARACTERS_MAX)]


async def _kind_choices(session: Session, page: PageContext) -> Sequence[Choice]:
    counts = await letters.count_selected(session, page.org_id, Selection())
    gettext = page.translations.gettext
    return [
        Choice(kind, f"{gettext(KIND_TEXTS[kind]) if kind in KIND_TEXTS else kind} ({number})")
        for kind, number in counts.items()
    ]


class DeadLetterResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    unit_of_work: UnitOfWorkFactory

    def resource(self) -> blocks.AdminResource[DeadLetter, msgspec.Struct]:
        return blocks.AdminResource(
            "dead-letters",
            _("Failed jobs"),
            "history",
            ALLOW,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self._fetch,
                key=lambda row: row.id,
                is_live=True,
                filters=(blocks.Filter("kind", _("Kind"), _kind_choices),),
                lead=lambda page: page.translations.gettext(
                    "What was given up, with the reason. Other jobs go on meanwhile."
                ),
                empty=_("No job has failed. What could not be done will be here, with the reason."),
            ),
            detail=blocks.Detail(load=self._load, sections=_sections),
            actions=self._actions(),
            section="audit",
        )

    def _actions(self) -> tuple[Action[DeadLetter], ...]:
        """Both say first how many there are and what happens to them."""
        reason = (FormField("reason", _("Reason"), _REASON_HINT),)
        retry: ActionForm[DeadLetter] = action_form(
            RetryFields, reason, self._retry, lead=_RETRY_LEAD, removes_row=True
        )
        discard: ActionForm[DeadLetter] = action_form(
            DiscardFields, reason, self._discard, lead=_DISCARD_LEAD, removes_row=True
        )
        return (
            Action("retry", _("Retry"), None, ALLOW, _RETRIED, lambda _row: True, retry),
            Action("discard", _("Discard"), None, ALLOW, _DISCARDED, lambda _row: True, discard),
        )

    async def _fetch(self, page: PageContext, query: blocks.ListQuery) -> Sequence[DeadLetter]:
        kind = query.filters.get("kind") or None
        async with self.unit_of_work.database.session() as session:
            return await letters.dead_letters_of(session, page.org_id, kind=kind)

    async def _load(self, org_id: OrgId, key: str) -> DeadLetter:
        """Raises `UnknownDeadLetter`."""
        async with self.unit_of_work.database.session() as session:
            return await letters.dead_letter(session, org_id, letters.key_of(key))

    async def _retry(self, page: PageContext, given: ActionInput[RetryFields]) -> Sequence[str]:
        selection = Selection([letters.key_of(key) for key in given.keys])
        async with self.unit_of_work(page.context, page.org_id) as uow:
            ended = await letters.retry(uow, selection, reason=given.fields.reason)
        return _refused(page, len(given.keys) - len(ended))

    async def _discard(self, page: PageContext, given: ActionInput[DiscardFields]) -> Sequence[str]:
        selection = Selection([letters.key_of(key) for key in given.keys])
        async with self.unit_of_work(page.context, page.org_id) as uow:
            ended = await letters.discard(uow, selection, reason=given.fields.reason)
        return _refused(page, len(given.keys) - len(ended))


def failed_jobs_link(page: PageContext) -> tuple[Link, ...]:
    """The way to what was given up."""
    if not page.context.may(ALLOW):
        return ()
    text = page.translations.gettext("Failed jobs")
    return (Link(text, admin_path(page.organisation.slug, "dead-letters")),)


def _refused(page: PageContext, count: int) -> Sequence[str]:
    """A reason for each that somebody else has retried or discarded since."""
    text = page.translations.gettext("Somebody else has retried or discarded this already.")
    return (text, *([""] * (count - 1))) if count else ()


async def _sections(page: PageContext, row: DeadLetter) -> tuple[DetailSection, ...]:
    gettext, text = page.translations.gettext, page.utc_formatter
    headers = (
        Header(gettext("Attempt"), "always", is_number=True),
        Header(gettext("Time"), "always", is_number=False),
        Header(gettext("Reason"), "always", is_number=False),
    )
    rows = tuple(
        RowView(
            str(one.attempt),
            "",
            (
                Cell(str(one.attempt), "always", is_number=True),
                Cell(text.listed_time(one.at), "always", is_number=False),
                Cell(one.error, "always", is_number=False),
            ),
        )
        for one in row.failed_attempts
    )
    return (DetailSection(title=gettext("Latest attempts"), headers=headers, rows=rows),)
