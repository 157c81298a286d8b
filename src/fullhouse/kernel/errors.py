"""The root of every error that Fullhouse raises on purpose.

Each part draws its own tree below it. An error is a sentence (`SlotFull`), has a stable `code`
that clients may rely on, carries its facts, and is transient (worth trying again) or permanent by
its type. The HTTP status belongs to the door: see `entrypoints/api/problems.py`.
"""

from typing import ClassVar


class FullhouseError(Exception):
    """Something went as it should not, and we know what."""

    code: ClassVar[str] = "error"
    transient: ClassVar[bool] = False

    def __init__(self, detail: str = "", **facts: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts


class TransientError(FullhouseError):
    """The same call may succeed later; `retry_after_seconds` says when to try again."""

    transient = True
    retry_after_seconds: ClassVar[int] = 1


class InvalidInput(FullhouseError):
    """The request cannot be meant as it stands; `field` names what to change."""

    code = "invalid_input"


class NotFound(FullhouseError):
    """There is no such thing, or it is not yours to see."""

    code = "not_found"


class DeadlineExceeded(TransientError):
    """The caller's time ran out before its turn came; nothing was done."""

    code = "deadline_exceeded"


class Overloaded(TransientError):
    """A bounded queue is full. Refusing at once keeps those in it fast."""

    code = "overloaded"
