"""The resource of venues: where something takes place, with its time zone and how to get there."""

from typing import Final

import msgspec

from fullhouse.booking.model.urls import admin_path, with_query
from fullhouse.entrypoints.inputs.businesses import VenueForm
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.choices import country_choices, zone_choices
from fullhouse.entrypoints.web.admin.history import HistorySubject
from fullhouse.entrypoints.web.admin.translated_fields import translated
from fullhouse.entrypoints.web.admin_actions import FormField
from fullhouse.entrypoints.web.forms import read_uuid
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.people.actions.add_venue import AddVenue
from fullhouse.people.errors import TooManyVenues
from fullhouse.people.model import Venue, VenueId
from fullhouse.people.reads.organisations import venue_by_id, venues
from fullhouse.people.updates import locked_venue
from fullhouse.scheduling.actions.change_venue import ChangeVenue
from fullhouse.storage.database import Database, Session
from fullhouse.storage.unit_of_work import UnitOfWork

_Field, _Column = FormField, blocks.Column[Venue]
_COLUMNS: Final[tuple[blocks.Column[Venue], ...]] = (
    _Column("name", _("Name"), lambda row, _text: row.name),
    _Column("address", _("Address"), lambda row, _text: row.address),
    _Column("zone", _("Time zone"), lambda row, _text: row.zone, "wide"),
    _Column("country", _("Country"), lambda row, _text: row.country, "csv"),
)
_CHOOSE: Final = _("Choose one of these.")
_TOO_MANY: Final = _(
    "You have %(limit)s venues, which is as many as you can. Change one that you do not need any "
    "more."
)
_MAP: Final = _("For the link to a map. Leave it empty to find the place by its address.")
_GROUPS: Final = {
    _("About this venue"): (
        _Field("name", _("Name")),
        _Field("address", _("Address"), _("Street and town, on one line.")),
        _Field(
            "directions",
            _("Directions"),
            _("How to get there and where to park, for the ticket and the e-mail."),
            kind="textarea",
        ),
        _Field(
            "zone",
            _("Time zone"),
            _("All times at this venue are in it. It cannot be changed later."),
            _CHOOSE,
            only_new=True,
        ),
    ),
    _("Country"): (
        _Field(
            "country",
            _("Country"),
            "",
            _("Public holidays there are not known, and a schedule is closed on them."),
        ),
        _Field(
            "subdivision",
            _("State or region"),
            _("Its short code, such as IL for Illinois: public holidays depend on it."),
        ),
    ),
    _("Map"): (
        _Field("latitude", _("Latitude"), _MAP),
        _Field("longitude", _("Longitude")),
    ),
}


class VenueResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    database: Database
    add: AddVenue
    change: ChangeVenue

    def resource(self) -> blocks.AdminResource[Venue, VenueForm]:
        allow = Permission.MANAGE_OFFERINGS
        return blocks.AdminResource(
            "venues",
            _("Venues"),
            "page",
            allow,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=blocks.all_rows(self.database, venues),
                key=lambda row: str(row.venue_id),
                empty=_("There is no venue yet. Add the place where guests come to."),
            ),
            subject=lambda row: HistorySubject(row.venue_id, ""),
            form=blocks.Form(
                struct=VenueForm,
                groups=_GROUPS,
                new_label=_("Add a venue"),
                folded=translated(
                    _Field("name", _("Name")),
                    _Field("directions", _("Directions"), kind="textarea"),
                ),
                load=load_venue,
                stored=stored,
                save=self.save,
                allow=allow,
                choices={"country": country_choices, "zone": zone_choices},
                fields_of_errors={"closed_on_holidays": "country"},
                refusals={TooManyVenues: ("name", _TOO_MANY)},
            ),
            section="offerings",
            row_links=closure_links,
        )

    async def save(self, uow: UnitOfWork, submission: blocks.Submission[VenueForm]) -> str:
        request = submission.fields.request()
        if submission.version is None:
            venue = await self.add(uow, request.read())
        else:
            current = await locked_venue(uow.session, uow.org_id, VenueId(submission.row_id))
            changed = request.read_change(current)
            venue = await self.change(uow, changed, expected_version=submission.version)
        return str(venue.venue_id)


async def load_venue(session: Session, org_id: OrgId, key: str) -> Venue | None:
    venue_id = read_uuid(key)
    return None if venue_id is None else await venue_by_id(session, org_id, VenueId(venue_id))


def stored(row: Venue) -> blocks.Stored[VenueForm]:
    return blocks.Stored(row.name, row.version, VenueForm.of(row), row.venue_id, "")


def closure_links(page: PageContext, row: Venue) -> tuple[Link, ...]:
    """The ways from a venue to the days on which it is closed."""
    path = admin_path(page.organisation.slug, "closures")
    _ = page.translations.gettext
    return (
        Link(_("Closures"), path),
        Link(_("Close for weather or bloom"), with_query(f"{path}/new", venue=row.venue_id)),
    )
