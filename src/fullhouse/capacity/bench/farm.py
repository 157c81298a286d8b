"""The farm that is measured on: ids that are counted, so that load programs can write them down."""

from typing import Final
from uuid import UUID

import msgspec

ORG: Final = UUID("01900000-0000-7000-8000-0000000000aa")
OFFERING: Final = UUID("01900000-0000-7000-8000-0000000000bb")
ORG_SLUG: Final = "bench"
OFFERING_SLUG: Final = "entry"


class Slots(msgspec.Struct, frozen=True):
    """The slots from number `first` to `last`."""

    first: int
    last: int

    def id_of(self, number: int) -> str:
        return f"01900000-0000-7000-8000-{number:012x}"


MANY: Final = Slots(1, 10_000)
ONE: Final = Slots(0, 0)
