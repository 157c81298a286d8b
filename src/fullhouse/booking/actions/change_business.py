"""Change what a business says of itself; its offerings follow it into another currency."""

from dataclasses import dataclass, replace

import msgspec

from fullhouse.booking.actions.save_offering import SaveOffering
from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.model.offering import Offering
from fullhouse.kernel.currencies import parse_currency
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.money import Money
from fullhouse.people.actions.change_organisation import ChangeOrganisation
from fullhouse.people.model import Organisation
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ChangeBusiness:
    """Writes the organisation. Its currency can change while no booking has a price.

    What was sold is never counted in two currencies: reports, fees and spending of customers each
    are in one.
    """

    change_organisation: ChangeOrganisation
    save_offering: SaveOffering

    async def __call__(
        self, uow: UnitOfWork, changed: Organisation, *, expected_version: int | None = None
    ) -> Organisation:
        """Raises as `ChangeOrganisation`, and `InvalidInput` for a currency that cannot be."""
        before = await locked_organisation(uow.session, uow.org_id)
        after = replace(changed, currency=parse_currency(changed.currency))
        saved = await self.change_organisation(uow, after, expected_version=expected_version)
        if saved.currency != before.currency:
            await self._change_prices(uow, before.currency, saved.currency)
        return saved

    async def _change_prices(self, uow: UnitOfWork, was: str, currency: str) -> None:
        if await uow.session.fetch_value("booking.has_priced_booking", bool, org_id=uow.org_id):
            detail = f"Guests have booked at prices in {was}, so the currency stays."
            raise InvalidInput(detail, field="currency")
        for offering in await offerings_of(uow.session, uow.org_id):
            priced = in_currency(offering, currency)
            try:
                await self.save_offering(uow, priced, expected_version=offering.version)
            except InvalidInput as error:
                detail = (
                    f"The prices of {offering.name} cannot be in {currency}. Change them first."
                )
                raise InvalidInput(detail, field="currency") from error


def in_currency(offering: Offering, currency: str) -> Offering:
    """The offering with prices of the same numbers: 12.50 USD become 12.50 EUR, and 13 JPY."""

    def price(amount: int) -> int:
        return Money(amount, offering.currency).same_number_in(currency).amount

    categories = (
        msgspec.structs.replace(one, price_amount=price(one.price_amount))
        for one in offering.price_categories
    )
    return replace(
        offering,
        currency=currency,
        price_amount=price(offering.price_amount),
        price_categories=tuple(categories),
    )
