"""The resource of offerings: list, detail, and the form of all fields."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from fullhouse.booking.actions.save_offering import SaveOffering
from fullhouse.booking.catalogue import offering_by_slug, offerings_of
from fullhouse.booking.errors import UnknownOffering
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.entrypoints.inputs.offerings import OfferingRequest
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.offering_presenter import price_text
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import Ids
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.people.limits import SLUG_CHARACTERS_MAX
from fullhouse.people.model import SLUG
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork


class OfferingForm(OfferingRequest, frozen=True, kw_only=True):
    """An offering with its address, which is chosen once."""

    slug: Annotated[str, Meta(min_length=1, max_length=SLUG_CHARACTERS_MAX, pattern=SLUG)]


_PUBLISHED: Final = {True: _("On sale"), False: _("Not published")}
_Field, _Column = blocks.FormField, blocks.Column[Offering]
_COLUMNS: Final = (
    _Column("name", _("Name"), lambda row, _page: row.name),
    _Column("price", _("Price"), lambda row, page: price_text(row, page.utc_formatter)),
    _Column("slug", _("Address"), lambda row, _page: row.slug, "wide"),
    _Column(
        "published",
        _("Status"),
        lambda row, page: page.translations.gettext(_PUBLISHED[row.published]),
        tone=lambda row: "good" if row.published else "muted",
    ),
)
_KINDS: Final = (
    ("timed_entry", _("Timed entry")),
    ("appointment", _("Appointment")),
    ("package", _("Package")),
)
_UNITS: Final = (("person", _("a person")), ("group", _("a group")))
_MINUTES: Final = _("minutes before the start")
_CANCEL_UNTIL: Final = _("Cancelling without a fee cannot end later than cancelling.")
_GROUPS: Final = {
    _("What it is"): (
        _Field("name", _("Name")),
        _Field("slug", _("Address"), _("Like sunflower-morning."), _("Taken."), only_new=True),
        _Field("kind", _("Kind"), choices=_KINDS, only_new=True),
        _Field("venue", _("Venue")),
        _Field("summary", _("Summary"), _("One sentence, shown in lists.")),
        _Field("description", _("Description"), kind="textarea"),
        _Field("picture", _("Picture"), _("The name or path of a picture.")),
    ),
    _("Price and party"): (
        _Field("price_amount", _("Price"), kind="money"),
        _Field("price_unit", _("Price is for"), choices=_UNITS),
        _Field("party_min", _("Smallest party")),
        _Field("party_max", _("Largest party"), refused=_("Smaller than the smallest party.")),
    ),
    _("Booking and changing"): (
        _Field("hold_seconds", _("Places are held for"), unit=_("seconds")),
        _Field("book_until_minutes", _("Book until"), unit=_MINUTES),
        _Field("cancel_free_until_minutes", _("Cancel without a fee until"), unit=_MINUTES),
        _Field("cancel_until_minutes", _("Cancel until"), "", _CANCEL_UNTIL, unit=_MINUTES),
        _Field("cancel_fee_percent", _("Fee for cancelling"), unit=_("percent")),
        _Field("move_until_minutes", _("Change the time until"), unit=_MINUTES),
        _Field("waiting_offer_minutes", _("Offers from the waiting list last"), unit=_("minutes")),
    ),
    _("Listing"): (
        _Field("published", _("On sale")),
        _Field("position", _("Position in the list"), _("Small numbers first.")),
    ),
}


class OfferingResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    database: Database
    save_offering: SaveOffering
    ids: Ids

    def resource(self) -> blocks.AdminResource[Offering, OfferingForm]:
        allow = Permission.MANAGE_OFFERINGS
        return blocks.AdminResource(
            "offerings",
            _("Offerings"),
            "calendar",
            allow,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self.fetch,
                key=lambda row: row.slug,
                empty=_("Nothing is offered yet. Add the first offering."),
            ),
            form=blocks.Form(
                struct=OfferingForm,
                groups=_GROUPS,
                new_label=_("Add an offering"),
                load=self.load,
                save=self.save,
                allow=allow,
                choices=self.choices,
            ),
        )

    async def fetch(self, page: PageContext, _query: blocks.ListQuery) -> Sequence[Offering]:
        async with self.database.session() as session:
            return await offerings_of(session, page.org_id)

    async def choices(self, page: PageContext) -> Mapping[str, Sequence[Choice]]:
        async with self.database.session() as session:
            found = await venues(session, page.org_id)
        return {"venue": [Choice(str(venue.venue_id), venue.name) for venue in found]}

    async def load(self, page: PageContext, key: str) -> blocks.Stored[OfferingForm]:
        async with self.database.session() as session:
            row = await offering_by_slug(session, page.org_id, key)
        if row is None:
            raise UnknownOffering
        form = OfferingForm(slug=key, **msgspec.structs.asdict(OfferingRequest.of(row)))
        return blocks.Stored(row.name, row.version, form, row.offering_id, row.currency)

    async def save(
        self, uow: UnitOfWork, page: PageContext, submission: blocks.Submission[OfferingForm]
    ) -> str:
        fields = msgspec.structs.asdict(submission.fields)
        slug = fields.pop("slug")
        offering_id = OfferingId(submission.row_id or self.ids.uuid())
        offering = OfferingRequest(**fields).read(
            page.org_id, offering_id, slug=slug, currency=submission.currency
        )
        await self.save_offering(uow, offering, expected_version=submission.version)
        return offering.slug
