"""Render an example of an e-mail as guests of a language get it."""

from dataclasses import dataclass
from typing import get_args

from msgspec import Struct

from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.model.offering import Offering
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.negotiation import supported_locale
from fullhouse.localisation.translations import language_names, load_translations
from fullhouse.messages.errors import UnknownMessage
from fullhouse.messages.examples import (
    BY_STAFF,
    example_event,
    example_view,
    example_waiting,
)
from fullhouse.messages.model import EmailKind
from fullhouse.messages.rendering import MessageRenderer, RenderContext, RenderedMessage
from fullhouse.messages.waiting_rendering import WaitingRenderer
from fullhouse.people.model import Organisation, Venue, VenueId
from fullhouse.people.reads.organisations import organisation_by_id, venue_by_id
from fullhouse.storage.database import Database


class EmailExample(Struct, frozen=True):
    """A kind of e-mail in one language, with the business and the offering that it is of."""

    kind: EmailKind
    language: str
    organisation: Organisation
    offering: Offering
    venue: Venue

    @property
    def key(self) -> str:
        return f"{self.kind}.{self.language}"

    @property
    def language_name(self) -> str:
        return language_names()[self.language]

    @property
    def is_of_main_language(self) -> bool:
        return self.language == _main_language(self.organisation)

    @property
    def locale(self) -> str:
        """Of guests who read the language: in the main one, that of the business."""
        return self.organisation.locale if self.is_of_main_language else self.language


@dataclass(frozen=True, slots=True)
class RenderExample:
    """Renders the example of a kind with the first offering that is on sale."""

    database: Database
    render: MessageRenderer
    clock: Clock

    async def examples(self, org_id: OrgId) -> list[EmailExample]:
        """Every kind in every language of the business; none before it has an offering."""
        async with self.database.session() as session:
            organisation = await organisation_by_id(session, org_id)
            offerings = await offerings_of(session, org_id)
            if organisation is None or not offerings:
                return []
            offering = next((one for one in offerings if one.published), offerings[0])
            venue = await venue_by_id(session, org_id, VenueId(offering.venue_id))
        assert venue is not None, "an offering's venue exists by its foreign key"
        languages = (_main_language(organisation), *organisation.languages)
        return [
            EmailExample(kind, language, organisation, offering, venue)
            for kind in get_args(EmailKind)
            for language in dict.fromkeys(languages)
        ]

    async def example(self, org_id: OrgId, key: str) -> EmailExample:
        """Raises `UnknownMessage` for a kind, or a language, that there is not."""
        found = (one for one in await self.examples(org_id) if one.key == key)
        example = next(found, None)
        if example is None:
            raise UnknownMessage
        return example

    def rendered(self, example: EmailExample) -> RenderedMessage:
        """The e-mail, of a booking that would be made now."""
        now, kind, organisation = self.clock.now(), example.kind, example.organisation
        view = example_view(kind, example.offering, example.venue, locale=example.locale, now=now)
        if kind == "waiting":
            waiting = example_waiting(view)
            return WaitingRenderer(self.render)(organisation, waiting, now=now)
        event = example_event(kind, view, load_translations()[example.language])
        context = RenderContext(
            kind, organisation, view, now, event=event, by_staff=kind in BY_STAFF
        )
        return self.render(context)


def _main_language(organisation: Organisation) -> str:
    """The language of pages and e-mails for the main one of the business."""
    return str(supported_locale(organisation.locale).language)
