"""The feature flags of this version."""

from collections.abc import Mapping
from typing import Final

from fullhouse.localisation.translations import gettext_noop
from fullhouse.resilience.flags import FlagDefinition

RETURN_ADDRESSES: Final = FlagDefinition(
    "return-addresses",
    gettext_noop("Return addresses"),
    gettext_noop(
        "With FULLHOUSE_BOUNCE_DOMAIN, each e-mail comes back to an address of its own instead of "
        "the sender."
    ),
    percent=100,
)
FLAG_DEFINITIONS: Final[Mapping[str, FlagDefinition]] = {
    flag.name: flag for flag in (RETURN_ADDRESSES,)
}
