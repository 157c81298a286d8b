"""The resource of customers: who they are, what they did, what staff keep of them."""

from collections.abc import Sequence
from typing import Annotated, Final, get_args
from uuid import UUID

import msgspec
from msgspec import Meta

from fullhouse.booking.catalogue import CachedCatalogue
from fullhouse.booking.model.urls import admin_path
from fullhouse.booking.reads.bookings import history_of
from fullhouse.bootstrap.customers import CustomerActions
from fullhouse.customers.access_log import AccessLog
from fullhouse.customers.errors import (
    AlreadyMerged,
    CustomerExpected,
    NothingMerged,
    UnknownCustomer,
)
from fullhouse.customers.limits import CUSTOMER_NOTE_CHARACTERS_MAX, TAG_CHARACTERS_MAX, TAGS_MAX
from fullhouse.customers.model import Consent, CustomerId
from fullhouse.customers.reads import customers as reads
from fullhouse.customers.updates import customer_by_id
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.choices import consent_choices, tag_choices
from fullhouse.entrypoints.web.admin.customer_sections import (
    CustomerRow,
    bookings_section,
    consent_section,
    emails_section,
    engagement_section,
    formatter_of,
    note_sections,
    part_section,
)
from fullhouse.entrypoints.web.admin.history import HistorySubject
from fullhouse.entrypoints.web.admin_actions import (
    Action,
    ActionForm,
    ActionInput,
    FieldProblems,
    FormField,
    StoredFields,
    action_form,
)
from fullhouse.entrypoints.web.admin_views import DetailSection
from fullhouse.entrypoints.web.forms import read_uuid, uuid_key
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop
from fullhouse.messages.suppressions import reasons_against
from fullhouse.people.model import Venue
from fullhouse.people.model.contact import email_url, phone_text, phone_url, readable_address
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database, Session
from fullhouse.storage.unit_of_work import UnitOfWorkFactory


class KeepForm(msgspec.Struct, frozen=True):
    """What staff keep of a customer; tags with a comma between them."""

    tags: Annotated[str, Meta(max_length=(TAG_CHARACTERS_MAX + 2) * TAGS_MAX)] = ""
    note: Annotated[str, Meta(max_length=CUSTOMER_NOTE_CHARACTERS_MAX)] = ""


class EraseForm(msgspec.Struct, frozen=True):
    """Erasing cannot be undone, so it is asked for."""

    sure: bool = False


def spent_text(row: CustomerRow, formatter: LocaleFormatter) -> str:
    amounts = sorted(row.customer.spent.items())
    return formatter.listing([formatter.money(Money(amount, code)) for code, amount in amounts])


def consent_text(row: CustomerRow, formatter: LocaleFormatter) -> str:
    gettext = formatter.translations.gettext
    names = {"given": gettext("Given"), "withdrawn": gettext("Withdrawn")}
    return names.get(row.customer.consent or "", "")


_Column = blocks.Column[CustomerRow]
_COLUMNS: Final = (
    _Column("name", _("Name"), lambda row, _text: row.customer.name or row.customer.email),
    _Column(
        "email",
        _("E-mail"),
        lambda row, _text: readable_address(row.customer.email),
        "wide",
        href=lambda row: email_url(row.customer.email),
    ),
    _Column(
        "phone",
        _("Phone"),
        lambda row, _text: phone_text(row.customer.phone),
        "wide",
        href=lambda row: phone_url(row.customer.phone),
    ),
    _Column(
        "bookings", _("Bookings"), lambda row, _text: str(row.customer.bookings), is_number=True
    ),
    _Column(
        "visits", _("Visits"), lambda row, _text: str(row.customer.visits), "csv", is_number=True
    ),
    _Column(
        "no_shows",
        _("No-shows"),
        lambda row, _text: str(row.customer.no_shows),
        "csv",
        is_number=True,
    ),
    _Column("spent", _("Spent"), spent_text, "csv", is_number=True),
    _Column(
        "last", _("Last booking"), lambda row, text: text.listed_time(row.customer.last_at), "wide"
    ),
    _Column("tags", _("Tags"), lambda row, _text: ", ".join(row.customer.tags), "csv"),
    _Column(
        "cancellations",
        _("Cancellations"),
        lambda row, _text: str(row.customer.cancellations),
        "csv",
        is_number=True,
    ),
    _Column("consent", _("Consent to news"), consent_text, "csv"),
)
_FILTERS: Final = (
    blocks.Filter("tag", _("Tag"), tag_choices),
    blocks.Filter("consent", _("Consent to news"), consent_choices),
)
_KEEP_FIELDS: Final = (
    FormField("tags", _("Tags"), _("With a comma between them: regular, press.")),
    FormField("note", _("Note"), _("Only staff read this."), kind="textarea"),
)
_ERASE_FIELDS: Final = (FormField("sure", _("Erase this customer for good")),)
_ERASE_LEAD: Final = _(
    "Name, address, number, notes, consent and the texts of e-mails are deleted. Bookings stay in "
    "the books without the person. This cannot be undone."
)
_MERGED: Final = ngettext_noop(
    "%(n)s customer is one person now.", "%(n)s customers are one person now."
)
_SEPARATED: Final = ngettext_noop("%(n)s customer is as before.", "%(n)s customers are as before.")
_STAFF, _MANAGE = Permission.CHANGE_BOOKINGS, Permission.MANAGE_CUSTOMERS


class CustomerResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    database: Database
    catalogue: CachedCatalogue
    unit_of_work: UnitOfWorkFactory
    actions: CustomerActions
    access_log: AccessLog

    def resource(self) -> blocks.AdminResource[CustomerRow, msgspec.Struct]:
        return blocks.AdminResource(
            "customers",
            _("Customers"),
            "people",
            Permission.VIEW_CUSTOMERS,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self.fetch,
                key=lambda row: str(row.customer.customer_id),
                formatter=formatter_of,
                position=lambda row: str(row.customer.customer_id),
                sorts=get_args(reads.CustomerOrder),
                search_label=_("Name, e-mail or phone"),
                filters=_FILTERS,
                is_adjustable=True,
                empty=_("No customers match. Everybody who books is listed here."),
            ),
            subject=lambda row: HistorySubject(row.customer.customer_id, ""),
            detail=blocks.Detail(
                load=self.load, sections=self.sections, links=_links, viewed=self._viewed
            ),
            actions=self._actions(),
            links=_list_links,
        )

    def _actions(self) -> tuple[Action[CustomerRow], ...]:
        keep = action_form(KeepForm, _KEEP_FIELDS, self.keep, stored=_kept)
        erase: ActionForm[CustomerRow] = action_form(
            EraseForm, _ERASE_FIELDS, self.erase, lead=_ERASE_LEAD, removes_row=True
        )
        merge, separate = _("Merge"), _("Separate the last merged")
        return (
            Action(
                "keep", _("Change note and tags"), None, _STAFF, fits=lambda _row: True, form=keep
            ),
            self._consent_action("consent", _("Record consent"), "given"),
            self._consent_action("consent-withdrawn", _("Record withdrawal"), "withdrawn"),
            Action("merge", merge, self.merge, _MANAGE, _MERGED, undo="unmerge"),
            Action("unmerge", "", self.unmerge, _MANAGE, _SEPARATED),
            Action("separate", separate, self.separate, _MANAGE, fits=lambda row: bool(row.parts)),
            Action("erase", _("Erase"), None, _MANAGE, fits=lambda _row: True, form=erase),
        )

    def _viewed(self, page: PageContext, row: CustomerRow) -> None:
        subject = row.customer.customer_id
        self.access_log.note(page.org_id, page.context.actor, subject=subject, kind="customer")

    def _consent_action(self, name: str, label: str, consent: Consent) -> Action[CustomerRow]:
        async def run(page: PageContext, keys: Sequence[str]) -> Sequence[str]:
            for customer_id in map(customer_id_of, keys):
                async with self.unit_of_work(page.context, page.org_id) as uow:
                    await self.actions.record_consent(uow, customer_id, consent)
            return ()

        def fits(row: CustomerRow) -> bool:
            is_given = row.customer.consent == "given"
            return not is_given if consent == "given" else is_given

        return Action(name, label, run, _STAFF, fits=fits)

    async def fetch(self, page: PageContext, query: blocks.ListQuery) -> Sequence[CustomerRow]:
        async with self.database.scans.lease(self.database.session(), page.org_id) as session:
            search = reads.CustomerSearch(
                text=query.search,
                tag=query.filters.get("tag") or None,
                consent=query.choice("consent", get_args(Consent)),
                order=query.order(get_args(reads.CustomerOrder)),
                after=await _position(session, page.org_id, query),
                limit=query.limit,
            )
            found = await reads.find_customers(session, page.org_id, search)
            venue = await _first_venue(session, page.org_id)
        return [CustomerRow(one, venue, page.now) for one in found]

    async def load(self, org_id: OrgId, key: str) -> CustomerRow:
        """The person; of a customer that was merged, the one it is a part of.

        Raises `UnknownCustomer`.
        """
        async with self.database.session() as session:
            found = await customer_by_id(session, org_id, customer_id_of(key))
            if found.merged_into is not None:
                found = await customer_by_id(session, org_id, found.person_id)
            parts = await reads.parts_of(session, found)
            venue = await _first_venue(session, org_id)
        return CustomerRow(found, venue, self.unit_of_work.clock.now(), tuple(parts))

    async def sections(self, page: PageContext, row: CustomerRow) -> tuple[DetailSection, ...]:
        """Engagement, note, bookings, consent, and whom it was merged of."""
        async with self.database.session() as session:
            history = await history_of(session, page.org_id, row.customer.customer_id)
            bookings = await reads.bookings_of(session, row.customer)
            refused = await reasons_against(session, page.org_id, row.customer.email, now=page.now)
        ids = {one.offering_id for one in bookings}
        offerings = {one: await self.catalogue.offering_by_id(page.org_id, one) for one in ids}
        formatter = formatter_of(row, page)
        sections = (
            engagement_section(row, formatter),
            *note_sections(row, page),
            bookings_section(page, formatter, bookings=bookings, offerings=offerings),
            consent_section(history, formatter),
            emails_section(refused, formatter),
            part_section(row, page),
        )
        return tuple(one for one in sections if one is not None)

    async def keep(self, page: PageContext, given: ActionInput[KeepForm]) -> Sequence[str]:
        tags = [tag for part in given.fields.tags.split(",") if (tag := " ".join(part.split()))]
        if len(tags) > TAGS_MAX or any(len(tag) > TAG_CHARACTERS_MAX for tag in tags):
            problem = page.translations.gettext(
                "Use at most %(tags)s tags of %(n)s characters.",
                tags=TAGS_MAX,
                n=TAG_CHARACTERS_MAX,
            )
            raise FieldProblems({"tags": problem})
        async with self.unit_of_work(page.context, page.org_id) as uow:
            await self.actions.change_customer(
                uow,
                customer_id_of(given.keys[0]),
                note=given.fields.note,
                tags=tags,
                expected_version=given.version,
            )
        return ()

    async def erase(self, page: PageContext, given: ActionInput[EraseForm]) -> Sequence[str]:
        translations = page.translations
        if not given.fields.sure:
            raise FieldProblems({"sure": translations.gettext("Tick this to erase the customer.")})
        try:
            async with self.unit_of_work(page.context, page.org_id) as uow:
                await self.actions.erase_customer(uow, customer_id_of(given.keys[0]))
        except CustomerExpected as error:
            return [
                translations.ngettext(
                    "%(n)s booking or waiting-list entry is still to come. Cancel it first, or "
                    "wait until it is over.",
                    "%(n)s bookings or waiting-list entries are still to come. Cancel them first, "
                    "or wait until they are over.",
                    error.coming,
                )
            ]
        return ()

    async def merge(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        """Merge the selected customers into the first of them."""
        gettext = page.translations.gettext
        kept, *others = map(customer_id_of, keys)
        try:
            async with self.unit_of_work(page.context, page.org_id) as uow:
                await self.actions.merge_customers(uow, kept, others)
        except InvalidInput:
            return [gettext("Select from 2 to 11 customers.")] * len(keys)
        except AlreadyMerged:
            return [gettext("Some of these customers were merged meanwhile.")] * len(keys)
        return ()

    async def unmerge(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        """Separate those of these customers that are merged into another."""
        for customer_id in map(customer_id_of, keys):
            async with self.database.session() as session:
                customer = await customer_by_id(session, page.org_id, customer_id)
            if customer.merged_into is not None:
                await self._separate(page, customer_id)
        return ()

    async def separate(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        """Separate what was merged into this customer last."""
        row = await self.load(page.org_id, keys[0])
        if not row.parts or not await self._separate(page, row.parts[0].customer_id):
            return [page.translations.gettext("No customer is merged into this one any more.")]
        return ()

    async def _separate(self, page: PageContext, customer_id: CustomerId) -> bool:
        try:
            async with self.unit_of_work(page.context, page.org_id) as uow:
                await self.actions.separate_customer(uow, customer_id)
        except (NothingMerged, AlreadyMerged):
            return False
        return True


def customer_id_of(key: str) -> CustomerId:
    """Raises `UnknownCustomer`."""
    return CustomerId(uuid_key(key, UnknownCustomer))


async def _position(session: Session, org_id: OrgId, query: blocks.ListQuery) -> str:
    """Where the page begins: after the customer that the URL names. No name stands in a URL."""
    after: UUID | None = read_uuid(query.after)
    if after is None:
        return ""
    try:
        customer = await customer_by_id(session, org_id, after)
    except UnknownCustomer:
        return ""
    return reads.position_of(customer, query.order(get_args(reads.CustomerOrder)))


async def _first_venue(session: Session, org_id: OrgId) -> Venue | None:
    found = await venues(session, org_id)
    return found[0] if found else None


def _links(page: PageContext, row: CustomerRow) -> tuple[Link, ...]:
    """All that is held of the person."""
    if not page.context.may(_MANAGE):
        return ()
    path = admin_path(page.organisation.slug, f"customers/{row.customer.customer_id}/data")
    return (Link(page.translations.gettext("Everything we hold"), path),)


def _list_links(page: PageContext) -> tuple[Link, ...]:
    if not page.context.may(_MANAGE):
        return ()
    path = admin_path(page.organisation.slug, "customers/retention")
    return (Link(page.translations.gettext("How long customers are kept"), path),)


async def _kept(_page: PageContext, row: CustomerRow) -> StoredFields[KeepForm]:
    customer = row.customer
    return StoredFields(KeepForm(", ".join(customer.tags), customer.note), customer.version)
