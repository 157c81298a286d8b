"""The data set of the benchmark: consecutive ids, so that load programs can compute them."""

from typing import Final
from uuid import UUID

import msgspec

ORG: Final = UUID("01900000-0000-7000-8000-0000000000aa")
OFFERING: Final = UUID("01900000-0000-7000-8000-0000000000bb")
ORG_SLUG: Final = "bench"
OFFERING_SLUG: Final = "entry"


class SlotRange(msgspec.Struct, frozen=True):
    """The slots numbered `first` to `last`, both included."""

    first: int
    last: int

    def id_of(self, number: int) -> str:
        return f"01900000-0000-7000-8000-{number:012x}"


MANY: Final = SlotRange(1, 10_000)
ONE: Final = SlotRange(0, 0)
