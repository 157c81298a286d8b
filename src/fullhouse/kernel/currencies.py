"""Currencies in circulation and the decimal places of their minor units (ISO 4217).

The table follows list one of the standard as published on 1 January 2026. Funds (CLF), metals
(XAU), accounting units (XDR) and codes for tests (XTS) are left out: nobody pays in them. CLDR is
no source for the minor unit: it says how many decimals people write, and that is 0 for the Serbian
dinar of 100 para.
"""

from typing import Final

from fullhouse.kernel.errors import InvalidInput

_WITHOUT_DECIMALS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_WITH_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"
_WITH_TWO: Final = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY
COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR
MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG
SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD
XCG YER ZAR ZMW ZWG
"""

_MINOR_UNIT_DIGITS: Final = {
    code: digits
    for digits, codes in ((0, _WITHOUT_DECIMALS), (2, _WITH_TWO), (3, _WITH_THREE))
    for code in codes.split()
}
CURRENCIES: Final = frozenset(_MINOR_UNIT_DIGITS)
"""Codes of all currencies that somebody can be charged in."""

_DIGITS_OF_MOST: Final = 2


def parse_currency(text: str) -> str:
    """Code in capitals; raises `InvalidInput` for a currency that is unknown or not in use."""
    code = text.strip().upper()
    # Some letters beyond ASCII have capitals within
    if code not in CURRENCIES or not text.isascii():
        raise InvalidInput(
            "This is not a currency in use. Write its ISO 4217 code, such as USD or EUR.",
            field="currency",
        )
    return code


def minor_unit_digits(code: str) -> int:
    """Decimal places of the minor unit; 2 for a currency that was withdrawn since."""
    return _MINOR_UNIT_DIGITS.get(code, _DIGITS_OF_MOST)
