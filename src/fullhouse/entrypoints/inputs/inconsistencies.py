"""Acts on inconsistencies as requests describe them."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from fullhouse.http.operations.bodies import RequestBody
from fullhouse.resilience.limits import REASON_CHARACTERS_MAX


class InconsistenciesQuery(msgspec.Struct, frozen=True):
    """Which inconsistencies."""

    open: Annotated[bool, Meta(description="Only those that are still there.")] = False


class RepairRequest(RequestBody, frozen=True):
    """The repair that was shown: it is refused when it has become another."""

    examples: ClassVar = {"as shown": {"repair": "5f2b9c1"}}
    repair: Annotated[
        str, Meta(min_length=1, max_length=40, description="The `repair` of the inconsistency.")
    ]


class ReleaseRequest(RequestBody, frozen=True):
    """Why the record may be changed as it is."""

    examples: ClassVar = {"by hand": {"reason": "We called the guest and move it ourselves"}}
    reason: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=REASON_CHARACTERS_MAX,
            description="Why, for the audit.",
        ),
    ]
