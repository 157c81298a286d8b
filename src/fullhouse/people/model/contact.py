"""How people can be reached: addresses and numbers as kept; syntax only, nothing is looked up."""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote

import phonenumbers

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import normalized, pasted
from fullhouse.people.limits import EMAIL_CHARACTERS_MAX, PHONE_CHARACTERS_MAX, PHONES_FORMATTED_MAX

_PLAIN_EMAIL: Final = re.compile(
    r"[a-z0-9_+%-]{1,64}(?:\.[a-z0-9_+%-]{1,64}){0,8}"
    r"@(?:(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}"
    r"(?!(?:arpa|invalid|local|localhost|onion|test)$)[a-z]{2,63}"
)
"""Nearly every address there is: it takes 1 µs to see, the full grammar takes 340."""
_CARRIER_EMAIL: Final = re.compile(r"[a-z0-9_][a-z0-9_.+-]{0,63}@(?:docomo|ezweb)\.ne\.jp")
"""Old addresses of Japanese carriers have full stops anywhere, which RFC 5321 allows in quotes."""
_DOT_ATOM: Final = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")

INVENTED_DOMAIN: Final = "guest.example"
"""Of the guests of the demo and of load tests. RFC 2606 §2: nobody will ever have this domain."""

_PREMIUM: Final = (
    phonenumbers.PhoneNumberType.PREMIUM_RATE,
    phonenumbers.PhoneNumberType.SHARED_COST,
)
_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
_LOCAL_CHARACTERS_MAX: Final = 64
_PHONE_EXAMPLE: Final = "+1 312 555 0123"
_E164: Final = re.compile(r"\+[1-9][0-9]{7,14}")
_DIALLED_DIGITS_MAX: Final = 18
"""15 of E.164 after the prefix of calls abroad."""
_EXTENSION: Final = re.compile(
    r"[ ,;]*(?:ext(?:ension)?|x|#|dw|durchwahl|poste|int(?:erno)?|anexo)"
    r"[.:= ]*(?P<digits>[0-9]{1,7})$",
    re.IGNORECASE,
)
_PHONE_AS_TYPED: Final = re.compile(
    rf"(?=(?:[^0-9]*[0-9]){{5}})[0-9 ()./\u2010-\u2013\xa0-]+(?:{_EXTENSION.pattern})?",
    re.IGNORECASE,
)
"""Five digits or more, and an extension."""


def email_address(text: str, *, field: str = "email") -> str:
    """The address as every mail server takes it: lower case, ASCII, an encoded domain (RFC 5890).

    Raises `InvalidInput` naming `field`, also for a local part beyond ASCII: whether the servers on
    the way take one (RFC 6531) shows only when an e-mail is lost.
    """
    address = pasted(text).lower()
    if not address.isascii():
        # Letters of mathematics have no lower case, and are compatible with capital ones
        address = normalized("NFKC", address).lower()
    # Valid, and decoded to another address by programs that take it for an encoded word (RFC 2047)
    if len(address) <= EMAIL_CHARACTERS_MAX and "=?" not in address:
        if _PLAIN_EMAIL.fullmatch(address) and address.index("@") <= _LOCAL_CHARACTERS_MAX:
            return address
        if _CARRIER_EMAIL.fullmatch(address):
            return address
        # Loaded where it is used: it takes 15 ms of each start, and few addresses are so odd
        from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

        try:
            checked = validate_email(
                address, check_deliverability=False, allow_smtputf8=False, strict=True
            )
        except EmailNotValidError:
            pass
        else:
            return checked.ascii_email or address
    if not address.rpartition("@")[0].isascii():
        raise InvalidInput("Write an address without accents before the @.", field=field)
    raise InvalidInput("Write an e-mail address like name@example.org.", field=field)


def readable_address(address: str) -> str:
    """The address as people write it: its domain decoded (RFC 5890)."""
    if "@xn--" not in address and ".xn--" not in address:
        return address
    from email_validator import validate_email  # noqa: PLC0415 - see above

    return validate_email(address, check_deliverability=False).normalized


def email_url(address: str) -> str:
    """`mailto:` URL of a stored address (RFC 6068); empty without one."""
    return f"mailto:{quote(address, safe='@+')}" if address else ""


def smtp_address(address: str) -> str:
    """The address as SMTP and headers spell it: a local part that is no dot-atom is quoted."""
    local, _, domain = address.rpartition("@")
    return address if _DOT_ATOM.fullmatch(local) else f'"{local}"@{domain}'


def is_invented(address: str) -> bool:
    """Whether a guest of the demo or of a load test has this address: nobody reads it."""
    return address.endswith(f"@{INVENTED_DOMAIN}")


def mailbox_of(address: str) -> str:
    """What counts as one mailbox: all tags of it (`ada+farm@`), for Gmail with and without dots."""
    local, _, domain = address.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _GMAIL:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def phone_number(text: str, *, region: str | None = None, field: str = "phone") -> str:
    """The number in E.164 with `;ext=` for an extension, as it was typed, or empty for none.

    `region` (ISO 3166-1) is the country where a number without a plus is dialled. Such a number
    stays as it was typed unless it is valid there: guests come from elsewhere, and a number of
    another country must not become one of this. Raises `InvalidInput` naming `field`.
    """
    number = pasted(text)
    if not number:
        return ""
    if len(number) <= PHONE_CHARACTERS_MAX:
        parsed = _parsed(number, region)
        if parsed is not None and _is_certain(number, parsed):
            return _machine_form(parsed)
        if _PHONE_AS_TYPED.fullmatch(number):
            return number
    raise InvalidInput("Write a telephone number like +1 312 555 0123.", field=field)


@lru_cache(PHONES_FORMATTED_MAX)
def phone_text(number: str) -> str:
    """The number for reading, `+1 630-555-0142 ext. 5`; one that was kept as typed as it is."""
    parsed = _parsed(number, None)
    if parsed is None:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def phone_url(number: str) -> str:
    """`tel:` URL of a stored number (RFC 3966), empty when two numbers may have been typed."""
    if _E164.fullmatch(number):
        return f"tel:{number}"
    parsed = _parsed(number, None)
    if parsed is not None:
        return f"tel:{_machine_form(parsed)}"
    dialled, extension = _EXTENSION.split(number)[0], _EXTENSION.search(number)
    digits = re.sub("[^0-9+]", "", dialled)
    if not 0 < len(digits) <= _DIALLED_DIGITS_MAX:
        return ""
    return f"tel:{digits};ext={extension['digits']}" if extension else f"tel:{digits}"


def phone_example(region: str) -> str:
    """A number of the country as it is dialled there; an international one for other regions."""
    example = phonenumbers.example_number(region)
    if example is None:
        return _PHONE_EXAMPLE
    return phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)


def is_premium_number(number: str) -> bool:
    """Whether a message to it may cost the sender more, to the gain of whoever owns the number."""
    parsed = _parsed(number, None)
    return parsed is not None and phonenumbers.number_type(parsed) in _PREMIUM


def _parsed(number: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    """The number with its country; None when the country is not known or the length is wrong."""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_possible_number(parsed) else None


def _is_certain(typed: str, parsed: phonenumbers.PhoneNumber) -> bool:
    """Whether nothing was guessed: no digit is left out, and the country was typed or fits."""
    kept = phonenumbers.national_significant_number(parsed) + (parsed.extension or "")
    if not phonenumbers.is_alpha_number(typed) and not re.sub("[^0-9]", "", typed).endswith(kept):
        return False
    names_country = re.match(r"[^0-9]*\+", typed) is not None
    return names_country or phonenumbers.is_valid_number(parsed)


def _machine_form(parsed: phonenumbers.PhoneNumber) -> str:
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return f"{number};ext={parsed.extension}" if parsed.extension else number
