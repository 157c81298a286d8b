"""Dead letters as requests choose them."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from fullhouse.http.operations.bodies import RequestBody
from fullhouse.jobs.dead_letters import Selection, key_of
from fullhouse.jobs.limits import (
    DEAD_LETTER_REASON_CHARACTERS_MAX,
    DEAD_LETTERS_LISTED_MAX,
)
from fullhouse.kernel.errors import InvalidInput

JobKindName = Annotated[str, Meta(min_length=1, max_length=60)]
LetterId = Annotated[str, Meta(min_length=1, max_length=400)]


class DeadLettersQuery(msgspec.Struct, frozen=True):
    """Which failed jobs."""

    kind: Annotated[JobKindName | None, Meta(description="Only jobs of this kind.")] = None


class DeadLettersRequest(RequestBody, frozen=True):
    """Failed jobs by their `ids`, all of one `kind`, or with `all` every one."""

    examples: ClassVar = {
        "what would happen": {"all": True, "dry_run": True, "reason": "The program is back"},
        "one kind": {"kind": "webhook", "reason": "The program is back"},
    }
    ids: Annotated[
        tuple[LetterId, ...],
        Meta(max_length=DEAD_LETTERS_LISTED_MAX, description="Those with these ids."),
    ] = ()
    kind: Annotated[JobKindName | None, Meta(description="All of this kind.")] = None
    all: Annotated[bool, Meta(description="All failed jobs.")] = False
    dry_run: Annotated[bool, Meta(description="Only count: nothing is changed.")] = False
    reason: Annotated[
        str,
        Meta(
            max_length=DEAD_LETTER_REASON_CHARACTERS_MAX,
            description="Why, for the audit; needed to discard.",
        ),
    ] = ""

    def read(self) -> Selection:
        """Raises `InvalidInput` unless it is one of the three, and `UnknownDeadLetter`."""
        if [bool(self.ids), self.kind is not None, self.all].count(True) != 1:
            raise InvalidInput("Send one of `ids`, `kind` and `all`.", field="ids")
        keys = [key_of(one) for one in self.ids] or None
        return Selection(keys, self.kind)
