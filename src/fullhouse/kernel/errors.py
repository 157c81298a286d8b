"""The base of every error that Fullhouse raises on purpose.

Each part declares its own errors below it. The class name is a sentence (`SlotFull`), `code` is
stable and clients may rely on it, annotated attributes carry the details, and the type says
whether the error is transient (worth another try) or permanent. The HTTP status belongs to the
entrypoint: see `entrypoints/api/problems.py`.
"""

import dataclasses
from typing import ClassVar

from typing_extensions import dataclass_transform, override


@dataclass_transform(eq_default=False, kw_only_default=True, field_specifiers=(dataclasses.field,))
class _Declared(Exception):
    """Makes a dataclass of every subclass, so that mypy checks each place that raises one."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[object]]]
    attribute_names: ClassVar[tuple[str, ...]] = ()
    """The names of the declared attributes, those of the base classes first."""

    @override
    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclasses.dataclass(eq=False, kw_only=True, repr=False)(cls)
        cls.attribute_names = tuple(f.name for f in dataclasses.fields(cls) if f.name != "detail")


class FullhouseError(_Declared):
    """A foreseen failure. `detail` is a sentence for people; without one it is `message`.

    A subclass sets `code` and `message`, and declares what else it knows as annotated attributes:
    keyword arguments of the constructor, and members of `details`.
    """

    code: ClassVar[str] = "error"
    message: ClassVar[str] = (
        "Something went wrong on our side. Try again later; if it stays, tell the operator the "
        "X-Request-ID."
    )
    transient: ClassVar[bool] = False

    detail: str = dataclasses.field(default="", kw_only=False)

    def __post_init__(self) -> None:
        self.detail = self.detail or self.message
        self.args = (self.detail,)

    @property
    def details(self) -> dict[str, object]:
        """The declared attributes that are set, by name."""
        # By getattr: what msgspec builds has only the given attributes, defaults are of the class
        values = ((name, getattr(self, name)) for name in self.attribute_names)
        return {name: value for name, value in values if value is not None}

    @property
    def summary(self) -> str:
        """For logs and the job queue: the type alone, since `detail` may quote personal data."""
        return type(self).__name__

    @override
    def __reduce__(self) -> tuple[object, ...]:
        # BaseException passes `args` to the constructor, which may require more than those
        return _restored, (type(self), self.detail), self.__dict__


def _restored(kind: type[FullhouseError], detail: str) -> FullhouseError:
    """A copy without its attributes, which `pickle` and `copy` set."""
    return kind.__new__(kind, detail)


class TransientError(FullhouseError):
    """The same call may succeed later; `retry_after_seconds` says when to try again."""

    message = "This did not work just now. Try again in a moment."
    transient = True
    retry_after_seconds: int = 1


class InvalidInput(FullhouseError):
    """A value of the request is invalid; `field` names the one to change."""

    code = "invalid_input"
    message = "This value is not valid. Change it and send the request again."
    field: str


class NotFound(FullhouseError):
    """The thing does not exist, or the context may not see it."""

    code = "not_found"
    message = "There is nothing with this id. Check it, or list what there is."


class DeadlineExceeded(TransientError):
    """The deadline of the call passed before its turn came; nothing was done."""

    code = "deadline_exceeded"
    message = "The server was too busy to do this in time. Try again in a moment."


class Overloaded(TransientError):
    """A bounded queue is full. Refusing at once keeps the calls in it fast."""

    code = "overloaded"
    message = "Too many requests are waiting; try again in a moment."
    waiting: int | None = None


class ServiceUnavailable(TransientError):
    """A service is known to fail, so it was not called; its circuit is open."""

    code = "service_unavailable"
    message = "This does not work at the moment. Try again in a moment."
    service: str = ""


class IdempotencyKeyReused(FullhouseError):
    """The same key came with another request; as long as it is stored, a key belongs to one."""

    code = "idempotency_key_reused"
    message = "This key came with another request before. Use a new key for a new request."


class VersionConflict(FullhouseError):
    """The thing was changed since the version that was read; `version` is the stored version."""

    code = "version_conflict"
    message = (
        "Somebody else has changed this in the meantime. Fetch it again and repeat your change."
    )
    version: int
