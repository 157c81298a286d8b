"""`/admin/{org}/customers/{key}/data`: everything held of a person, to read and as a JSON file."""

from collections.abc import Sequence

import msgspec

from fullhouse.booking.history_texts import actor_name, history_lines
from fullhouse.booking.model.answer_texts import answer_texts
from fullhouse.booking.model.questions import answers_of
from fullhouse.booking.model.status_names import status_name
from fullhouse.booking.model.urls import admin_path
from fullhouse.customers.access_log import AccessLog
from fullhouse.customers.model import CustomerRecord
from fullhouse.customers.reads.privacy import (
    HeldBooking,
    HeldMessage,
    PersonalData,
    personal_data,
)
from fullhouse.customers.updates import customer_by_id
from fullhouse.entrypoints.web.admin.customer_sections import CustomerRow, formatter_of
from fullhouse.entrypoints.web.admin.customers import customer_id_of
from fullhouse.entrypoints.web.admin_views import DetailSection, DetailView
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link
from fullhouse.http.response import NO_STORE, Response
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.messages.facts import Fact
from fullhouse.people.model.contact import phone_text
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database


class PersonalDataPages(msgspec.Struct, frozen=True):
    """Shows and exports what is held of a person; each look is in the access log."""

    database: Database
    navigation: Navigation
    access_log: AccessLog

    async def show(self, page: PageContext) -> Response:
        data, formatter = await self._load(page)
        gettext, person = page.translations.gettext, data.customers[0]
        path = admin_path(page.organisation.slug, f"customers/{person.customer_id}")
        title = person.name or person.email or gettext("Customer")
        view = DetailView(
            title=gettext("Everything we hold of %(name)s", name=title),
            facts=(),
            back=Link(gettext("Back"), path),
            links=(Link(gettext("Download as JSON"), f"{path}/data.json"),),
            sections=tuple(one for one in _sections(data, formatter) if one.facts or one.text),
            history=history_lines(data.history, formatter, ""),
        )
        return page.render(
            "admin/detail.html",
            view.title,
            navigation=self.navigation.links(page, "customers"),
            page=view,
        )

    async def json(self, page: PageContext) -> Response:
        data, _formatter = await self._load(page)
        body = msgspec.json.format(msgspec.json.encode(data), indent=2)
        name = f'attachment; filename="customer-{data.customers[0].customer_id}.json"'
        headers = (
            (b"content-type", b"application/json"),
            (b"content-disposition", name.encode()),
            NO_STORE,
        )
        return Response(200, body, headers)

    async def _load(self, page: PageContext) -> tuple[PersonalData, LocaleFormatter]:
        """Raises `UnknownCustomer`."""
        customer_id = customer_id_of(page.path_parameter("key"))
        async with self.database.session() as session:
            found = await customer_by_id(session, page.org_id, customer_id)
            person = await customer_by_id(session, page.org_id, found.person_id)
            data = await personal_data(session, person)
            places = await venues(session, page.org_id)
        self.access_log.note(
            page.org_id, page.context.actor, subject=person.customer_id, kind="data"
        )
        row = CustomerRow(person, places[0] if places else None, page.now)
        return data, formatter_of(row, page)


def _sections(data: PersonalData, formatter: LocaleFormatter) -> Sequence[DetailSection]:
    gettext = formatter.translations.gettext
    waiting = tuple(
        Fact(formatter.date_time(one.created_at), f"{one.offering}, {formatter.people(one.party)}")
        for one in data.waiting_list
    )
    looks = tuple(
        Fact(
            formatter.date_time(one.at),
            actor_name(one.actor, formatter.translations, known=one.actor_name),
        )
        for one in data.accesses
    )
    return (
        *(_person(one, formatter) for one in data.customers),
        *(_booking(one, formatter) for one in data.bookings),
        DetailSection(title=gettext("Waiting list"), facts=waiting),
        *(_message(one, formatter) for one in data.messages),
        DetailSection(title=gettext("Who looked"), facts=looks),
    )


def _person(customer: CustomerRecord, formatter: LocaleFormatter) -> DetailSection:
    gettext = formatter.translations.gettext
    return DetailSection(
        title=gettext("Person"),
        facts=_with_text(
            Fact(gettext("Name"), customer.name),
            Fact(gettext("E-mail"), customer.email),
            Fact(gettext("Phone"), phone_text(customer.phone)),
            Fact(gettext("Tags"), ", ".join(customer.tags)),
        ),
        text=customer.note,
    )


def _booking(booking: HeldBooking, formatter: LocaleFormatter) -> DetailSection:
    gettext = formatter.translations.gettext
    answers = answer_texts(answers_of(booking.answers), formatter.translations)
    return DetailSection(
        title=f"{booking.offering}, {formatter.date_time(booking.starts_at)}",
        facts=_with_text(
            Fact(gettext("Reference"), booking.ref),
            Fact(gettext("Status"), status_name(booking.status, formatter.translations)),
            Fact(gettext("Name"), booking.name),
            Fact(gettext("E-mail"), booking.email),
            Fact(gettext("Phone"), phone_text(booking.phone)),
            Fact(gettext("Guests"), formatter.people(booking.party)),
            Fact(gettext("Price"), formatter.money(Money(booking.price_amount, booking.currency))),
            Fact(gettext("Booked"), formatter.date_time(booking.created_at)),
            Fact(gettext("Source"), ", ".join((booking.source or {}).values())),
            *(Fact(*one) for one in answers),
            Fact(gettext("Note"), booking.note or ""),
        ),
    )


def _message(message: HeldMessage, formatter: LocaleFormatter) -> DetailSection:
    when = formatter.date_time(message.sent_at or message.created_at)
    return DetailSection(
        title=message.subject,
        facts=(Fact(formatter.translations.gettext("E-mail"), f"{message.recipient}, {when}"),),
        text=message.text,
    )


def _with_text(*facts: Fact) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.text)
