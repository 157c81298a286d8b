"""Responses about the texts of e-mails."""

from typing import Annotated, ClassVar

from msgspec import Meta

from fullhouse.http.operations.bodies import ResponseBody, VersionedBody
from fullhouse.kernel.timespan import Instant
from fullhouse.messages.actions.render_example import EmailExample
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model.email_texts import EarlierEmailText, TextField, fields_of
from fullhouse.messages.rendering import RenderedMessage


class TextFieldResponse(ResponseBody, frozen=True):
    """A field that texts of the kind can have, as `{{ name }}`."""

    name: str
    gives: str
    optional: bool
    block: bool

    @staticmethod
    def of(field: TextField) -> "TextFieldResponse":
        return TextFieldResponse(field.name, field.gives, field.is_optional, field.is_block)


class EmailTextResponse(VersionedBody, frozen=True, kw_only=True):
    """The text that guests get."""

    example: ClassVar = {
        "kind": "confirmation",
        "language": "en",
        "subject": "Booked: {{ offering }}, {{ date_time }}",
        "heading": "See you soon",
        "text": "Hello {{ name }},\n\nthank you.\n\n{{ details }}\n\n{{ button }}",
        "sms": "Booked: {{ date_time }}.",
        "default": False,
        "failing_since": "2027-06-11T09:14:02Z",
        "fields": [
            {"name": "name", "gives": "The guest's name", "optional": False, "block": False}
        ],
        "version": 3,
    }
    kind: EmailKind
    language: str
    subject: str
    heading: str
    text: str
    sms: str
    default: bool
    failing_since: Annotated[
        Instant | None,
        Meta(description="Since when it cannot be used, so that guests get the default text."),
    ]
    fields: tuple[TextFieldResponse, ...]

    @staticmethod
    def of(example: EmailExample) -> "EmailTextResponse":
        text = example.text
        return EmailTextResponse(
            kind=example.kind,
            language=example.language,
            subject=text.subject,
            heading=text.heading,
            text=text.text,
            sms=text.sms,
            default=not example.has_own_text,
            failing_since=example.stored.failing_since if example.stored else None,
            fields=tuple(map(TextFieldResponse.of, fields_of(example.kind))),
            version=example.version,
        )


class EarlierTextResponse(ResponseBody, frozen=True, kw_only=True):
    """A text that was replaced; what `default` is of has no subject."""

    example: ClassVar = {
        "version": 2,
        "subject": "Booked: {{ offering }}",
        "heading": "See you soon",
        "text": "Hello {{ name }}.\n\n{{ button }}",
        "sms": "",
        "default": False,
        "written_at": "2027-06-10T19:02:11Z",
        "written_by": "Rosa Whitfield",
    }
    version: int
    subject: str
    heading: str
    text: str
    sms: str
    default: bool
    written_at: Annotated[
        Instant | None, Meta(description="Null where it was not kept yet when that was.")
    ]
    written_by: Annotated[
        str, Meta(description="The name of an account or API key; empty where it is not known.")
    ]

    @staticmethod
    def of(text: EarlierEmailText) -> "EarlierTextResponse":
        return EarlierTextResponse(
            version=text.version,
            subject=text.subject,
            heading=text.heading,
            text=text.text,
            sms=text.sms,
            default=text.own is None,
            written_at=text.written_at,
            written_by=text.writer_name or "",
        )


class EarlierTextListResponse(ResponseBody, frozen=True):
    """The texts before the present one, the newest first."""

    example: ClassVar = {"texts": [EarlierTextResponse.example]}
    texts: tuple[EarlierTextResponse, ...]


class EmailTextListResponse(ResponseBody, frozen=True):
    """The text of every kind in every language of the business."""

    example: ClassVar = {"texts": [EmailTextResponse.example]}
    texts: tuple[EmailTextResponse, ...]


class EmailPreviewResponse(ResponseBody, frozen=True):
    """An e-mail with an example booking."""

    example: ClassVar = {
        "subject": "Booked: Sunflower morning, Sat 12 June, 10:00",
        "text": "See you soon\n\nHello Alex Example,\n",
        "sms": "Bouquet Garden: Booked: Sat 12 June, 10:00. https://book.example.org/b/K7QF2M9D",
        "html": '<!doctype html>\n<html lang="en">',
    }
    subject: str
    text: str
    html: str
    sms: str

    @staticmethod
    def of(rendered: RenderedMessage) -> "EmailPreviewResponse":
        return EmailPreviewResponse(rendered.subject, rendered.text, rendered.html, rendered.sms)
