"""Everything that is held of a person, in words: sections of a page. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from fullhouse.booking.history_texts import actor_name
from fullhouse.booking.model.answer_texts import answer_texts
from fullhouse.booking.model.questions import answers_of
from fullhouse.booking.model.status_names import status_name
from fullhouse.customers.model import CustomerRecord
from fullhouse.customers.reads.privacy import HeldBooking, HeldMessage, PersonalData
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.messages.facts import Fact, rating_facts
from fullhouse.people.model.contact import phone_text


class HeldSection(Struct, frozen=True, kw_only=True):
    """What is held under one heading."""

    title: str
    facts: tuple[Fact, ...]
    text: str = ""


def held_sections(data: PersonalData, formatter: LocaleFormatter) -> Sequence[HeldSection]:
    gettext = formatter.translations.gettext
    waiting = tuple(
        Fact(formatter.date_time(one.created_at), f"{one.offering}, {formatter.people(one.party)}")
        for one in data.waiting_list
    )
    looks = tuple(
        Fact(
            formatter.date_time(one.at),
            actor_name(one.actor, formatter.translations, known=one.actor_name),
        )
        for one in data.accesses
    )
    return (
        *(_person(one, formatter) for one in data.customers),
        *(_booking(one, formatter) for one in data.bookings),
        HeldSection(title=gettext("Waiting list"), facts=waiting),
        *(_message(one, formatter) for one in data.messages),
        HeldSection(title=gettext("Who looked"), facts=looks),
    )


def _person(customer: CustomerRecord, formatter: LocaleFormatter) -> HeldSection:
    gettext = formatter.translations.gettext
    return HeldSection(
        title=gettext("Person"),
        facts=_with_text(
            Fact(gettext("Name"), customer.name),
            Fact(gettext("E-mail"), customer.email),
            Fact(gettext("Phone"), phone_text(customer.phone)),
            Fact(gettext("Tags"), ", ".join(customer.tags)),
        ),
        text=customer.note,
    )


def _booking(booking: HeldBooking, formatter: LocaleFormatter) -> HeldSection:
    gettext = formatter.translations.gettext
    answers = answer_texts(answers_of(booking.answers), formatter.translations)
    return HeldSection(
        title=f"{booking.offering}, {formatter.date_time(booking.starts_at)}",
        facts=_with_text(
            Fact(gettext("Reference"), booking.ref),
            Fact(gettext("Status"), status_name(booking.status, formatter.translations)),
            Fact(gettext("Name"), booking.name),
            Fact(gettext("E-mail"), booking.email),
            Fact(gettext("Phone"), phone_text(booking.phone)),
            Fact(gettext("Guests"), formatter.people(booking.party)),
            Fact(gettext("Price"), formatter.money(Money(booking.price_amount, booking.currency))),
            Fact(gettext("Booked"), formatter.date_time(booking.created_at)),
            Fact(gettext("Source"), ", ".join((booking.source or {}).values())),
            *(Fact(*one) for one in answers),
            Fact(gettext("Note"), booking.note or ""),
            *(
                rating_facts(booking.stars, booking.rating or "", formatter)
                if booking.stars
                else ()
            ),
        ),
    )


def _message(message: HeldMessage, formatter: LocaleFormatter) -> HeldSection:
    when = formatter.date_time(message.sent_at or message.created_at)
    return HeldSection(
        title=message.subject,
        facts=(Fact(formatter.translations.gettext("E-mail"), f"{message.recipient}, {when}"),),
        text=message.text,
    )


def _with_text(*facts: Fact) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact.text)
