"""Amounts of money in minor units, whose decimal places stand in `kernel/currencies.py`."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from fullhouse.kernel.currencies import minor_unit_digits


class CurrencyMismatch(ArithmeticError):
    """Amounts of two currencies cannot be added."""


@dataclass(frozen=True, slots=True)
class Money:
    """Minor units (cents, yen) of an ISO 4217 currency: `Money(2400, "USD")` is 24 dollars."""

    amount: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return Money(self.amount + other.amount, self.currency)

    def __mul__(self, count: int) -> "Money":
        return Money(self.amount * count, self.currency)

    def share(self, percent: int) -> "Money":
        """`percent` hundredths of the amount, halves rounded up, as fees are quoted."""
        return Money((self.amount * percent + 50) // 100, self.currency)

    def same_number_in(self, currency: str) -> "Money":
        """12.50 USD as 12.50 EUR, and as 13 JPY; what costs something goes on costing something."""
        digits = minor_unit_digits(currency) - minor_unit_digits(self.currency)
        amount = int(Decimal(self.amount).scaleb(digits).to_integral_value(ROUND_HALF_UP))
        return Money(max(amount, 1) if self.amount else 0, currency)
