"""`/admin/{org}/customers/{key}/data`: everything held of a person, to read and as a JSON file."""

import msgspec

from fullhouse.booking.history_texts import history_lines
from fullhouse.booking.model.urls import admin_path
from fullhouse.customers.access_log import AccessLog
from fullhouse.customers.personal_data_texts import held_sections
from fullhouse.customers.reads.privacy import (
    PersonalData,
    personal_data,
)
from fullhouse.entrypoints.web.admin.customer_sections import CustomerRow, formatter_of
from fullhouse.entrypoints.web.admin.customers import customer_id_of
from fullhouse.entrypoints.web.admin_views import DetailSection, DetailView
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link
from fullhouse.http.response import NO_STORE, Response
from fullhouse.localisation.formatter import LocaleFormatter
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
            sections=tuple(
                DetailSection(title=one.title, facts=one.facts, text=one.text)
                for one in held_sections(data, formatter)
                if one.facts or one.text
            ),
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
            data = await personal_data(session, page.org_id, customer_id)
            places = await venues(session, page.org_id)
        person = data.customers[0]
        self.access_log.note(
            page.org_id, page.context.actor, subject=person.customer_id, kind="data"
        )
        row = CustomerRow(person, places[0] if places else None, page.now)
        return data, formatter_of(row, page)
