"""The resource of offerings: list, detail, and the form of all fields."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import msgspec

from fullhouse.booking.actions.save_offering import SaveOffering, check, check_effects
from fullhouse.booking.catalogue import offering_by_id, offering_by_slug, offerings_of
from fullhouse.booking.errors import TooManyOfferings
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.model.offering_form import (
    CATEGORY_NAMES_HINT,
    CATEGORY_NAMES_REFUSED,
    OfferingFormTexts,
    form_texts,
    with_form_texts,
)
from fullhouse.booking.model.picture_texts import FIRST_PICTURE_REFUSED
from fullhouse.booking.model.price_category_form import with_ids_of
from fullhouse.booking.model.urls import admin_path, with_query
from fullhouse.booking.policy_texts import (
    before_start_text,
    days_ahead_text,
    minutes_text,
    policy_sentences,
    seconds_text,
)
from fullhouse.booking.price_texts import price_text
from fullhouse.entrypoints.inputs.fields import Slug
from fullhouse.entrypoints.inputs.offerings import OfferingRequest
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.choices import venue_choices
from fullhouse.entrypoints.web.admin.fields import CHOOSE_ONE
from fullhouse.entrypoints.web.admin.history import HistorySubject
from fullhouse.entrypoints.web.admin.picture_fields import (
    PICTURE_ALT,
    PictureUpload,
)
from fullhouse.entrypoints.web.admin.translated_fields import translated
from fullhouse.entrypoints.web.admin_actions import FormField
from fullhouse.entrypoints.web.admin_views import FormPreview, TranslatedCard
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.offering_loader import picture_href
from fullhouse.entrypoints.web.views import Link, OfferingCard
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import language_names
from fullhouse.people.errors import UnknownVenue
from fullhouse.people.limits import SLUG_CHARACTERS_MAX
from fullhouse.people.model import VenueId
from fullhouse.people.reads.organisations import venue_by_id
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork


class OfferingForm(OfferingRequest, frozen=True, kw_only=True):
    """An offering with its address, which is chosen once."""

    slug: Slug
    texts: dict[str, OfferingFormTexts] = msgspec.field(default_factory=dict)


_Field, _Column = FormField, blocks.Column[Offering]
_COLUMNS: Final[tuple[blocks.Column[Offering], ...]] = (
    _Column("name", _("Name"), lambda row, _text: row.name),
    _Column("price", _("Price"), price_text),
    _Column("slug", _("Address"), lambda row, _text: row.slug, "wide"),
    blocks.flag_column(
        "published",
        _("Status"),
        flag=lambda row: row.published,
        names=(_("On sale"), _("Not published")),
    ),
)
_CSV_COLUMNS: Final = (
    _Column("name", _("Name"), lambda row, _text: row.name),
    _Column("slug", _("Address"), lambda row, _text: row.slug),
    _Column("price", _("Price"), lambda row, text: text.sheet_amount(row.price_of(1))),
    _Column("currency", _("Currency"), lambda row, _text: row.currency),
    _COLUMNS[-1],
)
_UNITS: Final = (("person", _("a person")), ("group", _("a group")))
_PRICES_HINT: Final = _(
    "Only if guests pay different prices: one line for each, such as “Child (3 to 12): 6”. "
    "Begin with your usual price; it replaces the price above."
)
_PRICES_REFUSED: Final = _(
    "Use each name once. If anybody pays, the guests of the first line must pay. Prices like these "
    "are for a person, not for a group."
)
_PAY_HINT: Final = _("One sentence, such as: Pay at the gate, in cash or by card.")
_CANCEL_UNTIL: Final = _("Free cancellation cannot end later than cancellation.")
_BOOKING: Final = _("Booking and changing")
_REFUSALS: Final[Mapping[type[FullhouseError], tuple[str, str]]] = {
    UnknownVenue: ("venue", CHOOSE_ONE),
    TooManyOfferings: (
        "name",
        _(
            "You have %(limit)s offerings, which is as many as you can. Change one that you do not "
            "need any more."
        ),
    ),
}
_ERROR_FIELDS: Final = {
    "more_pictures": "picture",
    "questions.per": "party_max",
    "price_unit": "price_categories",
    "price_categories.price_amount": "price_categories",
    "price_categories.name": "price_categories",
}


def _before_start(name: str, label: str, refused: str = "") -> FormField:
    unit = _("minutes before the start")
    return _Field(name, label, refused=refused, unit=unit, fact=before_start_text)


_GROUPS: Final = {
    _("About this offering"): (
        _Field("name", _("Name")),
        _Field(
            "slug",
            _("Address"),
            _("For example sunflower-morning."),
            _("Another offering has this address. Choose another one."),
            only_new=True,
        ),
        _Field("venue", _("Venue")),
        _Field("summary", _("Summary"), _("One sentence, shown in lists.")),
        _Field("description", _("Description"), kind="textarea"),
        _Field("what_to_bring", _("What to bring"), _("One sentence, for the ticket.")),
        _Field("picture", _("Picture"), "", FIRST_PICTURE_REFUSED, kind="picture"),
        _Field("picture_alt", _("What the picture shows"), PICTURE_ALT),
    ),
    _("Price and group size"): (
        _Field("price_amount", _("Price"), kind="money"),
        _Field("price_unit", _("Price is for"), choices=_UNITS),
        _Field(
            "price_categories",
            _("Different prices for children, seniors and others"),
            _PRICES_HINT,
            _PRICES_REFUSED,
            kind="prices",
        ),
        _Field("how_to_pay", _("How to pay"), _PAY_HINT, kind="textarea"),
        _Field("party_min", _("Smallest group")),
        _Field(
            "party_max",
            _("Largest group"),
            refused=_(
                "Enter at least the size of the smallest group. A large group cannot be asked many "
                "questions for every guest."
            ),
        ),
    ),
    _BOOKING: (
        _Field("hold_seconds", _("Places are held for"), unit=_("seconds"), fact=seconds_text),
        _Field("book_ahead_days", _("Book up to"), unit=_("days ahead"), fact=days_ahead_text),
        _before_start("book_until_minutes", _("Book until")),
        _before_start("cancel_free_until_minutes", _("Free cancellation until")),
        _before_start("cancel_until_minutes", _("Guests can cancel until"), _CANCEL_UNTIL),
        _Field("cancel_fee_percent", _("Cancellation fee"), unit=_("percent")),
        _before_start("move_until_minutes", _("Guests can change the time until")),
        _Field(
            "waiting_offer_minutes",
            _("Offers from the waiting list last"),
            unit=_("minutes"),
            fact=minutes_text,
        ),
    ),
    _("Listing"): (
        _Field("published", _("On sale")),
        _Field("position", _("Position in the list"), _("Small numbers first.")),
    ),
}

_TRANSLATED: Final = translated(
    _Field("name", _("Name")),
    _Field("summary", _("Summary")),
    _Field("description", _("Description"), kind="textarea"),
    _Field("what_to_bring", _("What to bring")),
    _Field("how_to_pay", _("How to pay"), kind="textarea"),
    _Field("picture_alt", _("What the picture shows")),
    _Field(
        "categories",
        _("Names of the different prices"),
        CATEGORY_NAMES_HINT,
        CATEGORY_NAMES_REFUSED,
        kind="textarea",
    ),
)


class OfferingResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    database: Database
    save_offering: SaveOffering
    pictures: PictureUpload

    def resource(self) -> blocks.AdminResource[Offering, OfferingForm]:
        allow = Permission.MANAGE_OFFERINGS
        return blocks.AdminResource(
            "offerings",
            _("Offerings"),
            "calendar",
            allow,
            list=blocks.Table(
                columns=_COLUMNS,
                csv_columns=_CSV_COLUMNS,
                fetch=blocks.all_rows(self.database, offerings_of),
                key=lambda row: row.slug,
                empty=_("Nothing is offered yet. Add the first offering."),
            ),
            subject=lambda row: HistorySubject(row.offering_id, row.currency),
            form=blocks.Form(
                struct=OfferingForm,
                groups=_GROUPS,
                new_label=_("Add an offering"),
                folded=_TRANSLATED,
                load=offering_by_slug,
                stored=stored,
                save=self.save,
                allow=allow,
                choices={"venue": venue_choices},
                pictures=self.pictures,
                preview=preview,
                follows=True,
                copy=copied,
                fields_of_errors=_ERROR_FIELDS,
                refusals=_REFUSALS,
            ),
            links=list_links,
            row_links=schedule_links,
        )

    async def save(self, uow: UnitOfWork, submission: blocks.Submission[OfferingForm]) -> str:
        offering = read_offering(uow, submission)
        before = await offering_by_id(uow.session, uow.org_id, offering.offering_id)
        if before is not None:  # a program knows a category by its id
            kept = with_ids_of(before.price_categories, offering.price_categories)
            offering = replace(offering, price_categories=kept)
        await self.save_offering(uow, offering, expected_version=submission.version)
        return offering.slug


def read_offering(uow: UnitOfWork, submission: blocks.Submission[OfferingForm]) -> Offering:
    """The offering of the form; with price categories, its price is that of the first."""
    fields, offering_id = submission.fields, OfferingId(submission.row_id)
    offering = fields.read(uow.org_id, offering_id, slug=fields.slug, currency=submission.currency)
    if offering.price_categories:
        amount = offering.price_categories[0].price_amount
        offering = replace(offering, price_amount=amount)
    return with_form_texts(offering, fields.texts)


async def preview(
    uow: UnitOfWork, page: PageContext, submission: blocks.Submission[OfferingForm]
) -> FormPreview:
    """The card of the public page, and the policy in sentences; raises as saving would."""
    offering = read_offering(uow, submission)
    check(offering)
    check_effects(offering)
    venue = await venue_by_id(uow.session, uow.org_id, VenueId(offering.venue_id))
    if venue is None:
        raise UnknownVenue
    _, formatter = page.translations.gettext, page.formatter(venue)
    names = language_names()
    return FormPreview(
        title=_("As guests see it"),
        lines=() if offering.published else (_("Guests see it once it is on sale."),),
        card=card_of(page, offering, formatter),
        translated=tuple(
            TranslatedCard(
                language,
                names[language],
                card_of(
                    page,
                    offering.in_language(language),
                    formatter_for(language, formatter.zone, country=venue.country, now=page.now),
                ),
            )
            for language in page.organisation.languages
        ),
        sentences={_BOOKING: policy_sentences(offering, formatter)},
    )


def card_of(page: PageContext, offering: Offering, formatter: LocaleFormatter) -> OfferingCard:
    """The card of the public page."""
    picture = picture_href(page, offering.picture, org=page.organisation.slug, size="card")
    price = price_text(offering, formatter)
    return OfferingCard(offering.name, offering.summary, price, picture, "", offering.picture_alt)


def copied(fields: OfferingForm) -> OfferingForm:
    """A new offering like another one, with an address of its own and not on sale yet."""
    slug = f"{fields.slug[: SLUG_CHARACTERS_MAX - 2].rstrip('-')}-2"
    return msgspec.structs.replace(fields, slug=slug, published=False)


def stored(row: Offering) -> blocks.Stored[OfferingForm]:
    form = OfferingForm.of(row, slug=row.slug, texts=form_texts(row))
    return blocks.Stored(row.name, row.version, form, row.offering_id, row.currency)


def list_links(page: PageContext) -> tuple[Link, ...]:
    """The ways from the list of offerings to what belongs to them."""
    names = {
        "schedules": _("Schedules"),
        "pictures": _("Pictures"),
        "questions": _("Questions"),
        "closures": _("Closures"),
        "venues": _("Venues"),
    }
    return tuple(
        Link(page.translations.gettext(name), admin_path(page.organisation.slug, part))
        for part, name in names.items()
    )


def schedule_links(page: PageContext, row: Offering) -> tuple[Link, ...]:
    """The ways from an offering to its times and questions, and to another one like it."""
    path = admin_path(page.organisation.slug, "schedules")
    _ = page.translations.gettext
    return (
        Link(_("Schedules"), with_query(path, offering=row.slug)),
        Link(_("Add a schedule"), with_query(f"{path}/new", offering=row.slug)),
        Link(
            _("Duplicate"),
            with_query(admin_path(page.organisation.slug, "offerings/new"), **{"from": row.slug}),
        ),
        Link(
            _("Questions"),
            admin_path(page.organisation.slug, "questions", offering=row.slug),
        ),
        Link(_("Pictures"), admin_path(page.organisation.slug, "pictures", offering=row.slug)),
    )
