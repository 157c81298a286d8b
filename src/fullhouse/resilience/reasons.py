"""Why somebody set something by hand: one line for those who look later."""

from fullhouse.kernel.errors import InvalidInput
from fullhouse.resilience.limits import REASON_CHARACTERS_MAX


def parse_reason(text: str) -> str:
    """One line of text; raises `InvalidInput`."""
    reason = text.strip()
    if not 0 < len(reason) <= REASON_CHARACTERS_MAX or not reason.isprintable():
        raise InvalidInput(
            f"Say why in one line of at most {REASON_CHARACTERS_MAX} characters.", field="reason"
        )
    return reason
