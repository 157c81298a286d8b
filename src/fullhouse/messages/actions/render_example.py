"""Render an example of an e-mail as guests of a language get it."""

from dataclasses import dataclass
from typing import get_args

from msgspec import Struct

from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.model.offering import Offering
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.negotiation import supported_locale
from fullhouse.localisation.translations import (
    Translations,
    language_names,
    load_translations,
    translations_of,
)
from fullhouse.messages.email_preview import preview_document, problems_document
from fullhouse.messages.email_text_store import email_texts_of
from fullhouse.messages.errors import InvalidEmailText, UnknownEmail
from fullhouse.messages.examples import (
    BY_STAFF,
    example_event,
    example_view,
    example_waiting,
)
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model.email_texts import (
    EmailText,
    EmailTextKey,
    StoredEmailText,
    default_text,
)
from fullhouse.messages.rendering import MessageRenderer, RenderContext, RenderedMessage
from fullhouse.messages.text_templates import check_text
from fullhouse.messages.waiting_rendering import WaitingRenderer
from fullhouse.people.model import Organisation, Venue, VenueId
from fullhouse.people.reads.organisations import organisation_by_id, venue_by_id
from fullhouse.storage.database import Database, Session


class EmailExample(Struct, frozen=True):
    """A kind of e-mail in one language, with the business and the offering that it is of."""

    kind: EmailKind
    language: str
    organisation: Organisation
    offering: Offering
    venue: Venue
    stored: StoredEmailText | None = None

    @property
    def default(self) -> EmailText:
        """The text of a business that has written none."""
        return default_text(self.kind, translations_of(supported_locale(self.locale)))

    @property
    def text(self) -> EmailText:
        """The text that guests get."""
        own = self.stored.own if self.stored else None
        return own or self.default

    @property
    def has_own_text(self) -> bool:
        return self.stored is not None and self.stored.own is not None

    @property
    def is_failing(self) -> bool:
        """Whether the text of the business cannot be used."""
        return self.stored is not None and self.stored.failing_since is not None

    @property
    def version(self) -> int:
        """0 for a text that was never changed."""
        return self.stored.version if self.stored else 0

    @property
    def text_key(self) -> EmailTextKey:
        return EmailTextKey(self.kind, self.language)

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
        """See `email_examples`."""
        async with self.database.session() as session:
            return await email_examples(session, org_id)

    async def example(self, org_id: OrgId, key: str) -> EmailExample:
        """Raises `UnknownEmail`."""
        async with self.database.session() as session:
            return await email_example(session, org_id, key)

    def rendered(self, example: EmailExample, text: EmailText | None = None) -> RenderedMessage:
        """The e-mail, of a booking that would be made now; with a text that may not be stored."""
        now, kind, organisation = self.clock.now(), example.kind, example.organisation
        view = example_view(kind, example.offering, example.venue, locale=example.locale, now=now)
        texts = {example.text_key: text or example.text}
        if kind == "waiting":
            waiting = example_waiting(view)
            return WaitingRenderer(self.render)(organisation, waiting, now=now, texts=texts)
        event = example_event(kind, view, load_translations()[example.language])
        context = RenderContext(
            kind,
            organisation,
            view,
            now,
            event=event,
            by_staff=kind in BY_STAFF,
            texts=texts,
        )
        return self.render(context)

    def preview(self, example: EmailExample, text: EmailText, translations: Translations) -> str:
        """The document that shows the e-mail with a text that is not stored.

        Raises `InvalidEmailText`.
        """
        return preview_document(
            self.render.forms.templates, self.checked(example, text), translations
        )

    def checked(self, example: EmailExample, text: EmailText) -> RenderedMessage:
        """The e-mail with a text that is not stored. Raises `InvalidEmailText`."""
        check_text(example.kind, text)
        return self.rendered(example, text)

    def problems(self, error: InvalidEmailText, translations: Translations) -> str:
        """The document that shows what is wrong with a text."""
        return problems_document(self.render.forms.templates, error, translations)


async def email_examples(session: Session, org_id: OrgId) -> list[EmailExample]:
    """Every kind in every language of the business; none before it has an offering."""
    organisation = await organisation_by_id(session, org_id)
    offerings = await offerings_of(session, org_id)
    if organisation is None or not offerings:
        return []
    offering = next((one for one in offerings if one.published), offerings[0])
    venue = await venue_by_id(session, org_id, VenueId(offering.venue_id))
    assert venue is not None, "an offering's venue exists by its foreign key"
    stored = {one.key: one for one in await email_texts_of(session, org_id)}
    languages = (_main_language(organisation), *organisation.languages)
    return [
        EmailExample(
            kind, language, organisation, offering, venue, stored.get(EmailTextKey(kind, language))
        )
        for kind in get_args(EmailKind)
        for language in dict.fromkeys(languages)
    ]


async def email_example(session: Session, org_id: OrgId, key: str) -> EmailExample:
    """Raises `UnknownEmail` for a kind, or a language, that there is not."""
    found = (one for one in await email_examples(session, org_id) if one.key == key)
    example = next(found, None)
    if example is None:
        raise UnknownEmail
    return example


def _main_language(organisation: Organisation) -> str:
    """The language of pages and e-mails for the main one of the business."""
    return str(supported_locale(organisation.locale).language)
