"""The public holidays of a country or of a part of it."""

from collections.abc import Mapping, Sequence
from datetime import date

from fullhouse.kernel.errors import InvalidInput


class HolidaysUnknown(InvalidInput):
    """The public holidays of this country or subdivision are not known."""

    code = "holidays_unknown"
    message = (
        "There is no public-holiday data for this country. Set closed_on_holidays: false, and add "
        "closures instead."
    )
    field: str = "closed_on_holidays"


def public_holidays(
    country: str, subdivision: str | None, years: Sequence[int], *, locale: str = "en"
) -> Mapping[date, str]:
    """The public holidays of a country (ISO 3166-1) or of a part of it (ISO 3166-2), with names.

    Names are in `locale` where the library has it, else in the country's own language.
    Raises `HolidaysUnknown`.
    """
    import holidays  # noqa: PLC0415 - loaded where it is used: few processes ask

    try:
        known = holidays.country_holidays(country, subdiv=subdivision)
        spoken = {name[:2]: name for name in sorted(known.supported_languages, reverse=True)}
        language = spoken.get(locale[:2], known.default_language)
        if f"{locale[:2]}_{country}" in known.supported_languages:
            language = f"{locale[:2]}_{country}"
        found = holidays.country_holidays(
            country, subdiv=subdivision, years=years, language=language
        )
    except NotImplementedError as error:
        message = (
            f"There is no public-holiday data for {subdivision or country}. "
            "Set closed_on_holidays: false, and add closures instead."
        )
        raise HolidaysUnknown(message) from error
    return dict(found)
