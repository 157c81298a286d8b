"""The own domain of a business: how it is written, asked for and led to."""

from urllib.parse import urlsplit, urlunsplit

from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.text import pasted
from fullhouse.people.model import Organisation
from fullhouse.people.model.contact import email_address


def domain_name(text: str) -> str:
    """The domain as browsers ask for it: lower case, ASCII (RFC 5890), without a dot at its end.

    Empty stays empty. Raises `InvalidInput` for what no domain of the internet can be: an address
    of IP, a port, a path, a name without a dot.
    """
    name = pasted(text).removesuffix(".")
    if not name:
        return ""
    try:
        address = email_address(f"bookings@{name}")
    except InvalidInput:
        raise InvalidInput("Write a domain like book.example.org.", field="domain") from None
    return address.partition("@")[2]


def requested_domain(host: str) -> str:
    """The domain of a `Host` header, as `domain_name` writes it; no check of what it is."""
    return host.partition(":")[0].lower().removesuffix(".")


def require_other_domain(domain: str, base_url: str) -> None:
    """Raise `InvalidInput` for the host of the installation itself."""
    if domain == requested_domain(urlsplit(base_url).netloc):
        raise InvalidInput("This is the address of the installation itself.", field="domain")


def own_base_url(organisation: Organisation, base_url: str) -> str:
    """`base_url` at the own domain of the business, once that is confirmed.

    An empty one stays empty: such links have no host.
    """
    if not (base_url and organisation.domain and organisation.domain_confirmed_at):
        return base_url
    parts = urlsplit(base_url)
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=organisation.domain + port))
