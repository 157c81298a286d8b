"""The feature flags of this version."""

from collections.abc import Mapping
from typing import Final

from fullhouse.resilience.flags import FlagDefinition

RETURN_ADDRESSES: Final = FlagDefinition(
    "return-addresses",
    "E-mails come back to an address of their own (FULLHOUSE_BOUNCE_DOMAIN), not to the sender.",
    percent=100,
)
FLAG_DEFINITIONS: Final[Mapping[str, FlagDefinition]] = {
    flag.name: flag for flag in (RETURN_ADDRESSES,)
}
