"""Texts of e-mails as requests give them."""

from typing import Annotated, ClassVar

from msgspec import Meta

from fullhouse.http.operations.bodies import RequestBody
from fullhouse.messages.limits import (
    EMAIL_TEXT_CHARACTERS_MAX,
    EMAIL_TITLE_CHARACTERS_MAX,
    SMS_CHARACTERS_MAX,
)
from fullhouse.messages.model.email_texts import EmailText

_Title = Annotated[str, Meta(min_length=1, max_length=EMAIL_TITLE_CHARACTERS_MAX)]


class EmailTextRequest(RequestBody, frozen=True):
    """Subject, heading and text of a kind of e-mail, as templates."""

    examples: ClassVar = {
        "a confirmation": {
            "subject": "Booked: {{ offering }}, {{ date_time }}",
            "heading": "See you soon",
            "text": "Hello {{ name }},\n\nthank you.\n\n{{ details }}\n\n{{ button }}",
            "sms": "Booked: {{ date_time }}.",
        }
    }
    subject: _Title
    heading: _Title
    text: Annotated[str, Meta(min_length=1, max_length=EMAIL_TEXT_CHARACTERS_MAX)]
    sms: Annotated[str, Meta(max_length=SMS_CHARACTERS_MAX)] = ""

    def read(self) -> EmailText:
        return EmailText(self.subject, self.heading, self.text, self.sms)
