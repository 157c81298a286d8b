"""Texts that a business writes: what they can say, and that nothing else is possible."""

from dataclasses import replace
from typing import Final, get_args

import pytest
from msgspec import structs
from tests.builders.emails import ORGANISATION, REF, a_view, rendered, status_for

from fullhouse.localisation.translations import LANGUAGES, load_translations
from fullhouse.messages.errors import InvalidEmailText
from fullhouse.messages.limits import EMAIL_TEXT_CHARACTERS_MAX, EMAIL_TEXT_FIELDS_MAX
from fullhouse.messages.model import OPTIONAL_KINDS, EmailKind
from fullhouse.messages.model.email_texts import (
    EmailText,
    EmailTextKey,
    EmailTexts,
    default_text,
    fields_of,
)
from fullhouse.messages.text_templates import check_text, render_text, variants

ENGLISH: Final = load_translations()["en"]
EVERY_KIND = pytest.mark.parametrize("kind", get_args(EmailKind))
LINK: Final = "Guests need the way to their booking in every e-mail"
NOT_ALLOWED: Final = "Only fields and conditions can be used here"


def problems(
    text: str,
    *,
    kind: EmailKind = "confirmation",
    subject: str = "S",
    heading: str = "H",
    sms: str = "",
) -> dict[str, str]:
    """What is wrong with a text, by field; nothing for a good one."""
    try:
        check_text(kind, EmailText(subject, heading, text, sms))
    except InvalidEmailText as error:
        return dict(error.by_field(ENGLISH))
    return {}


def own(text: str, kind: EmailKind = "confirmation", **fields: str) -> EmailTexts:
    written = EmailText("S", "H", text, fields.get("sms", ""))
    return {EmailTextKey(kind, "en"): written}


@EVERY_KIND
@pytest.mark.parametrize("language", LANGUAGES)
def test_default_text_written_as_ones_own_makes_the_same_email(
    kind: EmailKind, language: str
) -> None:
    text = default_text(kind, load_translations()[language])
    check_text(kind, text)
    view = a_view(status=status_for(kind), language=language)
    assert rendered(kind, view) == rendered(kind, view, texts={EmailTextKey(kind, language): text})


@EVERY_KIND
def test_every_field_can_be_used_and_every_email_has_it(kind: EmailKind) -> None:
    names = [one.name for one in fields_of(kind)]
    text = "\n\n".join(f"{{{{ {name} }}}}" for name in names)
    check_text(kind, EmailText("{{ offering }}", "{{ business }}", text))
    for values in variants(kind):
        shown = render_text(kind, EmailText("S", "H", text), values)
        lines = {line for part in shown.parts for line in part.lines}
        assert lines == {value for value in values.values() if value}
    assert len({frozenset(values.items()) for values in variants(kind)}) == 2 ** sum(
        one.is_optional for one in fields_of(kind)
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Hello", LINK),
        ("{% if phone %}{{ button }}{% endif %}", LINK),
        ("{% if phone %}{% elif email %}{{ link }}{% else %}{{ button }}{% endif %}", LINK),
        ("{{ link | upper }}", LINK),
        ("{% raw %}{{ button }}{% endraw %}", LINK),
        ("{# {{ button }} #}", LINK),
        ("{{ button }}\n\n{{ nane }}", "Line 3: There is no field of this name here: nane."),
        ("{{ nane }}{{ button }}", "Did you mean name?"),
        ("{{ button }}\n{% if phone %}", "Line 2: A condition that begins with"),
        ("{{ button }} {{ name", "Line 1: This cannot be read."),
        ("{{ button }}{{ button }}", "Use this field once: button"),
        ("{{ button }}{{ ''.__class__.__mro__ }}", NOT_ALLOWED),
        ("{{ button }}{{ name.__class__ }}", NOT_ALLOWED),
        ("{{ button }}{{ name['x'] }}", NOT_ALLOWED),
        ("{{ button }}{{ 'a' * 10**9 }}", NOT_ALLOWED),
        ("{{ button }}{{ 10 ** 10 ** 10 }}", NOT_ALLOWED),
        ("{{ button }}{{ name ~ name }}", NOT_ALLOWED),
        ("{{ button }}{{ name | center(1000000000) }}", NOT_ALLOWED),
        ("{{ button }}{{ name | safe }}", NOT_ALLOWED),
        ("{{ button }}{{ name | attr('x') }}", NOT_ALLOWED),
        ("{{ button }}{{ name() }}", NOT_ALLOWED),
        ("{{ button }}{{ name if name }}", NOT_ALLOWED),
        ("{{ button }}{% if name == 'Ada' %}x{% endif %}", NOT_ALLOWED),
        ("{{ button }}{% if name is defined %}x{% endif %}", NOT_ALLOWED),
        ("{{ button }}{% for i in range(1000000000) %}x{% endfor %}", NOT_ALLOWED),
        ("{{ button }}{% set x = 1 %}", NOT_ALLOWED),
        ("{{ button }}{% include 'email.html' %}", NOT_ALLOWED),
        ("{{ button }}{% macro x() %}{% endmacro %}", NOT_ALLOWED),
        ("{{ button }}{% block x %}{% endblock %}", NOT_ALLOWED),
        ("{{ button }}{% filter upper %}x{% endfilter %}", NOT_ALLOWED),
        ("{{ button }}{% autoescape false %}x{% endautoescape %}", NOT_ALLOWED),
        ("{{ button }}{{ self }}", "There is no field of this name here: self"),
        ("{{ button }}{{ " + "9" * 4_800 + " }}", "cannot be read"),
        ("{{ button }}{{ " + "(" * 4_000, "too many conditions"),
        ("{{ button }}{% if " + "not " * 1_000 + "name %}{% endif %}", "too many conditions"),
        ("{{ button }}" + "{% if name %}" * 90 + "{% endif %}" * 90, "too many conditions"),
        ("{{ button }}" + "{{ name }}" * EMAIL_TEXT_FIELDS_MAX, "Use at most 60 fields."),
        ("{{ button }}" + "x" * EMAIL_TEXT_CHARACTERS_MAX, "Use at most 5000 characters."),
        ("{{ button }}\0", "cannot be read"),
        (" \n ", "This may not be empty"),
    ],
)  # fmt: skip
def test_text_that_could_fail_or_lose_the_way_to_the_booking_is_refused(
    text: str, problem: str
) -> None:
    assert problem in problems(text)["text"]


def test_every_field_of_the_form_is_checked() -> None:
    found = problems("{{ x }}", subject="{{ button }}", heading="{% if phone %}Hi{% endif")
    assert found.keys() == {"subject", "heading", "text"}
    assert "can only be used in the text: button" in found["subject"]
    assert "Line" not in found["subject"]
    empty = problems("{{ button }}", subject="{% if phone %}Hi{% endif %}")
    assert empty == {"subject": "This may not be empty in any e-mail."}
    assert "Use {{ message }}" in problems("{{ button }}", kind="message")["text"]
    assert problems("{{ link }} {{ message }}", kind="message") == {}


@EVERY_KIND
def test_values_are_never_read_as_a_template_or_as_html(kind: EmailKind) -> None:
    name = "{{ business }}{% for x in y %}<b>\0001\0"
    text = "{{ name|upper }}\nand {{ link }}.\n\n<i>{{ button }}" + (
        "{{ message }}" if kind == "message" else ""
    )
    email = rendered(kind, a_view(status=status_for(kind), name=name), texts=own(text, kind))
    assert email.failed_text == ""
    assert "{{ BUSINESS }}{% FOR X IN Y %}<B>" in email.text
    assert "<B>" not in email.html
    assert "&lt;i&gt;" in email.html
    ways = 2 + (kind in OPTIONAL_KINDS)  # the link, the button, and to unsubscribe
    assert email.html.count('href="https://farm.example') == ways
    assert email.text.count("https://farm.example") == ways


def test_ticket_is_attached_where_the_text_has_it_and_else_the_reference_is_told() -> None:
    with_code = rendered("confirmation", a_view(), texts=own("{{ button }} {{ ticket }}"))
    assert with_code.qr
    assert "cid:" in with_code.html
    assert REF in with_code.text
    without = rendered("confirmation", a_view(), texts=own("{{ button }} {{ details }}"))
    assert without.qr == ""
    assert "cid:" not in without.html
    assert REF in without.html


def test_sms_says_the_subject_or_a_text_of_its_own_and_always_the_link() -> None:
    link = f"https://farm.example/meadow/b/{REF}"
    assert rendered("confirmation", a_view()).sms.startswith("Meadow Farm: You're booked: ")
    by_subject = rendered("confirmation", a_view(), texts=own("{{ button }}"))
    assert by_subject.sms.startswith(f"Meadow Farm: S. {link}")
    texts = own("{{ button }}", sms="Hi {{ name }},\nuntil {{ date_time }}")
    own_sms = rendered("confirmation", a_view(), texts=texts).sms
    assert own_sms.startswith("Meadow Farm: Hi Ada Lovelace, until Sat 12 June, 10:00 https://")
    assert link in own_sms
    found = problems("{{ link }} {{ message }}", kind="message", sms="Look: {{ button }}")
    assert found == {"sms": "This field can only be used in the text: button"}
    assert (
        "Use {{ message }}" in problems("{{ link }}{{ message }}", kind="message", sms="X")["sms"]
    )
    assert problems("{{ link }}", sms="x" * 460) == {"sms": "Use at most 459 characters."}


def test_conditions_follow_what_is_filled_in() -> None:
    text = own("{{ link }}\n\n{% if not phone %}\nNo phone\n{% elif email %}\nBoth\n{% endif %}")
    assert "Both" in rendered("confirmation", a_view(), texts=text).text
    silent = replace(ORGANISATION, phone="")
    assert "No phone" in rendered("confirmation", a_view(), silent, texts=text).text


@pytest.mark.parametrize(
    "text", ["no way to the booking", "{{ button }}{{ gone }}", "{{ button }}{% for %}", ""]
)
def test_guest_gets_the_default_where_a_stored_text_cannot_be_used(text: str) -> None:
    email = rendered("confirmation", a_view(), texts=own(text))
    assert email.failed_text == "en"
    assert structs.replace(email, failed_text="") == rendered("confirmation", a_view())


def test_text_of_another_language_or_kind_is_not_used() -> None:
    texts = own("{{ button }} Mine")
    assert "Mine" in rendered("confirmation", a_view(), texts=texts).text
    assert "Mine" not in rendered("confirmation", a_view(language="de"), texts=texts).text
    assert "Mine" not in rendered("ticket", a_view(), texts=texts).text
