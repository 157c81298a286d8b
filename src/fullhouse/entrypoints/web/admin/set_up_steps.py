"""The steps of the set-up: their texts and fields, and what they begin with."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from fullhouse.entrypoints.web.admin.fields import FormParser, Parsed
from fullhouse.entrypoints.web.admin.schedules import DAY_NAMES
from fullhouse.entrypoints.web.admin.settings import LANGUAGES
from fullhouse.entrypoints.web.admin_actions import FormField
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice
from fullhouse.kernel.currencies import CURRENCIES
from fullhouse.kernel.errors import InvalidInput
from fullhouse.localisation.negotiation import accepted_country
from fullhouse.localisation.territories import (
    country_names,
    currency_names,
    currency_of,
    likely_country,
    likely_zone,
    zone_names,
)
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.scheduling.model.business_templates import TEMPLATES, template_of
from fullhouse.scheduling.model.new_business import (
    BusinessStep,
    OfferingStep,
    OwnerStep,
    PlaceStep,
    SetUpStep,
    SetUpSteps,
)
from fullhouse.scheduling.model.weekly_hours import WEEKDAYS

Draft = Mapping[str, str]
"""The texts that were typed in all steps, by the names of their fields."""

_Field = FormField
_KEPT_MAX: Final = 254
"""Characters of a text that is kept although it is too long for its field."""

_LAST: Final = _("Enter a time after the first.")


class SetUpForm(msgspec.Struct, frozen=True):
    """One step: `name` is its part of the URL."""

    name: str
    title: str
    lead: str
    button: str
    struct: type[SetUpStep]
    groups: Mapping[str, tuple[FormField, ...]]
    remakes: Mapping[str, tuple[str, ...]] = {}
    """What is suggested anew when another value is chosen."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for fields in self.groups.values() for one in fields)

    def parser(self, page: PageContext, draft: Draft) -> FormParser[SetUpStep]:
        return FormParser(
            self.struct,
            self.groups,
            page.translations,
            draft.get("currency") or "USD",
            _choices(self.struct, draft, page),
        )

    def parse(self, page: PageContext, draft: Draft) -> Parsed[SetUpStep]:
        """The step as the draft has it."""
        days = {f"weekdays.{day}": "yes" for day in draft.get("weekdays", "").split(",")}
        return self.parser(page, draft).parse({**draft, **days}, stored=None)

    def is_done(self, page: PageContext, draft: Draft) -> bool:
        value = self.parse(page, draft).value
        with suppress(InvalidInput):
            if value is not None:
                value.check()
                return True
        return False

    def changed(self, before: Draft, texts: Draft) -> Draft:
        """The draft with what was typed in this step, without what no longer fits it."""
        draft = {**before, **{name: text for name, text in texts.items() if len(text) <= _KEPT_MAX}}
        for name, others in self.remakes.items():
            if name in before and before[name] != draft[name]:
                draft = {one: text for one, text in draft.items() if one not in others}
        return draft

    def suggested(self, page: PageContext, draft: Draft) -> Draft:
        """What was typed here before, else what is likely."""
        return {**_suggestions(self.struct, draft, page), **draft}


_WHEN: Final = (
    _Field(
        "weekdays",
        _("Days"),
        "",
        _("Choose at least one day."),
        choices=tuple(zip(WEEKDAYS, DAY_NAMES, strict=True)),
        kind="checkboxes",
    ),
    _Field("first_time", _("First time")),
    _Field("last_time", _("Last time"), "", _LAST),
    _Field("every_minutes", _("A time each"), unit=_("minutes")),
)
STEPS: Final = (
    SetUpForm(
        "business",
        _("Your business"),
        _("Four short steps, and guests can book. You can change nearly all of it later."),
        _("Continue"),
        BusinessStep,
        {
            "": (
                _Field(
                    "kind",
                    _("What do you run?"),
                    kind="radio",
                    choices=tuple((kind, one.name) for kind, one in TEMPLATES.items()),
                ),
                _Field("name", _("Name of the business"), autocomplete="organization"),
                _Field(
                    "slug",
                    _("Web address"),
                    _("Such as lily-lane. Leave it empty, and it is made from the name."),
                    _("Use small letters from a to z, digits and dashes, such as lily-lane."),
                ),
                _Field("country", _("Country"), autocomplete="country"),
            )
        },
        {"country": ("zone", "currency", "locale"), "kind": OfferingStep.__struct_fields__},
    ),
    SetUpForm(
        "place",
        _("Where it is"),
        _("Times are shown as clocks there show them, and prices in the currency you choose."),
        _("Continue"),
        PlaceStep,
        {
            "": (
                _Field(
                    "address",
                    _("Address for guests"),
                    _("Street and town, as on a letter."),
                    autocomplete="street-address",
                ),
                _Field("zone", _("Time zone"), "", _("Choose a time zone.")),
                _Field(
                    "currency",
                    _("Currency"),
                    _("This cannot be changed later."),
                    _("Choose a currency."),
                ),
                _Field("locale", _("Language of e-mails"), choices=LANGUAGES),
            )
        },
    ),
    SetUpForm(
        "offering",
        _("What guests book"),
        _("Begin with one offering. You add pictures, prices and more of them later."),
        _("Continue"),
        OfferingStep,
        {
            "": (
                _Field("offering", _("Name of the offering")),
                _Field("price_amount", _("Price a person"), _("0 if it is free."), kind="money"),
                _Field("places", _("Places at each time")),
                _Field("duration_minutes", _("Each lasts"), unit=_("minutes")),
            ),
            _("When"): _WHEN,
        },
    ),
    SetUpForm(
        "owner",
        _("Your account"),
        _("With it you sign in and see who has booked."),
        _("Open for bookings"),
        OwnerStep,
        {
            "": (
                _Field("owner", _("Your name"), autocomplete="name"),
                _Field(
                    "email",
                    _("E-mail"),
                    _("You sign in with it. Guests see it, and their answers go there."),
                    _("Enter an e-mail address like name@example.com"),
                    kind="email",
                    autocomplete="email",
                ),
            )
        },
    ),
)
FIELDS_OF_ERRORS: Final = {
    "rule": "weekdays",
    "starts_at": "first_time",
    "capacity": "places",
}
"""The field of a step for one that an error of an action names otherwise."""


def first_unfinished(page: PageContext, draft: Draft, until: SetUpForm) -> SetUpForm:
    """The first step that is not done, of those before a step; else that step."""
    before = STEPS[: STEPS.index(until)]
    return next((step for step in before if not step.is_done(page, draft)), until)


def all_steps(page: PageContext, draft: Draft) -> SetUpSteps | None:
    """What was typed in all steps; None while one of them is not done."""
    match [step.parse(page, draft).value for step in STEPS]:
        case [BusinessStep() as business, PlaceStep() as place, OfferingStep() as offering, last]:
            if isinstance(last, OwnerStep):
                return SetUpSteps(business=business, place=place, offering=offering, owner=last)
        case _:
            pass
    return None


def _choices(
    struct: type[SetUpStep], draft: Draft, page: PageContext
) -> Mapping[str, list[Choice]]:
    """The choices of the fields of a step that depend on the language, or on what was chosen."""
    locale, country = page.translations.locale, draft.get("country", "")
    if struct is BusinessStep:
        return {"country": _listed(country_names(page.language))}
    if struct is not PlaceStep:
        return {}
    zones = _listed(zone_names(country, locale))
    if not likely_zone(country, page.now):
        zones.insert(0, Choice("", page.translations.gettext("Choose a time zone")))
    return {"zone": zones, "currency": _listed(currency_names(CURRENCIES, locale))}


def _listed(names: Sequence[tuple[str, str]]) -> list[Choice]:
    return [Choice(value, name) for value, name in names]


def _suggestions(struct: type[SetUpStep], draft: Draft, page: PageContext) -> Draft:
    accepted = page.request.header(b"accept-language")
    if struct is BusinessStep:
        country = accepted_country(accepted, page.language) or likely_country(page.language)
        return {"kind": "farm", "country": country}
    if struct is PlaceStep:
        country = draft.get("country", "")
        wanted = f"{page.language}-{country}"
        return {
            "zone": likely_zone(country, page.now),
            "currency": currency_of(country),
            "locale": wanted if wanted in dict(LANGUAGES) else page.language,
        }
    if struct is not OfferingStep:
        return {}
    template = template_of(draft.get("kind", ""))
    return {"offering": page.translations.gettext(template.offering), **template.texts}
