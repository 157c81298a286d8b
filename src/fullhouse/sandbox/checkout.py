"""The page on which a payer of a hosted checkout pays, or does not."""

from html import escape

from fullhouse.kernel.currencies import CURRENCIES, minor_unit_digits
from fullhouse.sandbox.provider import Call, ProviderAnswer

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Pay · Sandbox</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 480px; margin: 32px auto;
    padding: 0 16px; }}
  button {{ font: inherit; min-height: 44px; padding: 8px 16px; border-radius: 8px;
    margin: 0 8px 8px 0; }}
</style></head>
<body><h1>{title}</h1><p>{amount}. No money moves: this is the sandbox.</p>
<form method="post" action="{action}">
<button name="outcome" value="paid">Pay</button>
<button name="outcome" value="declined">Pay with a card that is declined</button>
</form></body></html>
"""


def checkout_page(title: str, amount: str, action: str) -> ProviderAnswer:
    """The page with its form; everything is escaped."""
    page = _PAGE.format(title=escape(title), amount=escape(amount), action=escape(action))
    return ProviderAnswer(200, page.encode(), "text/html; charset=utf-8")


def sent_on(url: str | None, sentence: str) -> ProviderAnswer:
    """To the page of the business, if it has named one."""
    if not url:
        return ProviderAnswer(200, f"{sentence}\n".encode(), "text/plain; charset=utf-8")
    return ProviderAnswer(303, b"", "text/plain", {"Location": url})


def is_paid(call: Call) -> bool:
    """Which button was pressed."""
    return call.body == b"outcome=paid"


def base_url(call: Call) -> str:
    """The address of the sandbox, as its client has called it."""
    return f"http://{call.headers.get('host', '')}"


def shown_amount(minor_units: int, currency: str) -> str:
    """An amount for people; in minor units for a currency that is not known."""
    digits = minor_unit_digits(currency) if currency in CURRENCIES else 0
    return f"{minor_units / 10**digits:.{digits}f} {currency}"
