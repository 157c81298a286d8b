"""The season in words and figures: for its page, and as rows for programs to calculate with."""

from fullhouse.booking.model.sales import SalesOfDay, SeasonFacts, Share, total
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import LocaleFormatter


def season_rows(facts: SeasonFacts, formatter: LocaleFormatter, currency: str) -> list[list[str]]:
    """A line for each day and offering, for programs to calculate with."""
    _ = formatter.translations.gettext
    names = {one.offering_id: one.name for one in facts.offerings}
    sales = {(row.day, row.offering_id): row for row in facts.sales}
    waiting = {(row.day, row.offering_id): row.guests for row in facts.waiting}
    head = [_("Day"), _("Offering"), _("Places sold"), _("Places"), _("Waiting")]
    rows = [[*head, _("Bookings"), _("Revenue"), _("Cancellation fees"), _("Currency")]]
    for place in facts.places:
        key = (place.day, place.offering_id)
        sold = sales.get(key) or SalesOfDay(*key, bookings=0, amount=0, fees=0)
        rows.append(
            [
                place.day.isoformat(),
                names.get(place.offering_id, ""),
                str(place.sold),
                str(place.capacity),
                str(waiting.get(key, 0)),
                str(sold.bookings),
                formatter.sheet_amount(Money(sold.amount, currency)),
                formatter.sheet_amount(Money(sold.fees, currency)),
                currency,
            ]
        )
    return rows


def season_totals(
    facts: SeasonFacts, text: LocaleFormatter, currency: str
) -> tuple[tuple[str, str, str], ...]:
    """The name, the figure and what it stands beside, of each."""
    _ = text.translations.gettext
    share = total([Share(row.sold, row.capacity) for row in facts.places])
    amount = Money(sum(row.amount for row in facts.sales), currency)
    fees = Money(sum(row.fees for row in facts.sales), currency)
    bookings = text.translations.ngettext(
        "%(n)s booking", "%(n)s bookings", sum(row.bookings for row in facts.sales)
    )
    waiting = text.figure(sum(row.guests for row in facts.waiting))
    capacity = text.figure(share.capacity)
    return (
        (_("Places sold"), text.figure(share.sold), _("of %(capacity)s", capacity=capacity)),
        (_("Occupancy"), text.percent(share.percent), bookings),
        (_("Revenue"), text.money(amount), _("and %(fees)s in fees", fees=text.money(fees))),
        (_("Waiting"), waiting, _("guests on waiting lists")),
    )


def pace_text(facts: SeasonFacts, text: LocaleFormatter) -> str:
    """Both seasons on the same day, in a sentence."""
    _ = text.translations.gettext
    now, before = facts.sold_by_now
    sold = text.figure(now)
    if not before:
        return _("%(sold)s places of these days are sold. There is no season before.", sold=sold)
    change = text.percent(abs(100 * (now - before) // before))
    values = {"sold": sold, "before": text.figure(before), "change": change}
    if now >= before:
        return _(
            "%(sold)s places of these days are sold. A season before, it was %(before)s by "
            "then: %(change)s more now.",
            **values,
        )
    return _(
        "%(sold)s places of these days are sold. A season before, it was %(before)s by then: "
        "%(change)s less now.",
        **values,
    )
