"""Texts of who comes, and of a change of it: how many, or how many of each price category. Pure."""

from collections.abc import Sequence

from fullhouse.booking.events import PartyChanged, Rescheduled
from fullhouse.booking.model.price_categories import CategoryGuests, guests_line, numbers_of
from fullhouse.localisation.formatter import LocaleFormatter


def party_text(party: int, guests: Sequence[CategoryGuests], formatter: LocaleFormatter) -> str:
    """`3 people`, or how many of each price category."""
    return guests_line(guests) or formatter.people(party)


def party_change_text(change: PartyChanged | Rescheduled, formatter: LocaleFormatter) -> str:
    """What a change did to the guests; empty where the same ones come."""
    before, after = change.from_guests, change.guests
    from_party = change.from_party or change.party
    if from_party == change.party and numbers_of(before) == numbers_of(after):
        return ""
    return _exchange_text(before, after, formatter) or formatter.translations.gettext(
        "Changed from %(from_party)s to %(party)s",
        from_party=party_text(from_party, before, formatter),
        party=party_text(change.party, after, formatter),
    )


def _exchange_text(
    before: Sequence[CategoryGuests], after: Sequence[CategoryGuests], formatter: LocaleFormatter
) -> str:
    """Guests of one price category who come as those of one other; empty for any other change."""
    names = {one.category: one.name for one in (*before, *after)}
    then, now = numbers_of(before) or {}, numbers_of(after) or {}
    more = {one: number for one in names if (number := now.get(one, 0) - then.get(one, 0)) > 0}
    fewer = {one: number for one in names if (number := then.get(one, 0) - now.get(one, 0)) > 0}
    is_exchange = bool(before and after) and len(more) == len(fewer) == 1
    if not is_exchange or sum(more.values()) != sum(fewer.values()):
        return ""
    (new, number), (old,) = *more.items(), fewer
    return formatter.translations.ngettext(
        "%(n)s guest is now “%(new)s” instead of “%(old)s”",
        "%(n)s guests are now “%(new)s” instead of “%(old)s”",
        number,
        new=names[new],
        old=names[old],
    )
