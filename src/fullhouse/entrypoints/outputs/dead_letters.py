"""Responses about dead letters."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from fullhouse.http.operations.bodies import ResponseBody
from fullhouse.jobs.dead_letters import DeadLetter
from fullhouse.kernel.timespan import Instant


class FailedAttemptResponse(Struct, frozen=True):
    """An attempt that failed."""

    attempt: Annotated[int, Meta(description="Which attempt it was, from 1.")]
    at: Instant
    error: Annotated[str, Meta(description="The type of the error, and its code.")]


class DeadLetterResponse(ResponseBody, frozen=True, kw_only=True):
    """A job that failed for good. It holds no personal data."""

    example: ClassVar = {
        "id": "d2ViaG9vay8wMTk3N2Y2ZS80NzExLzE",
        "kind": "webhook",
        "attempts": 1,
        "error": "EncryptionKeyWrong",
        "created_at": "2027-06-12T09:14:02Z",
        "latest_attempts": [
            {"attempt": 1, "at": "2027-06-12T09:14:03Z", "error": "EncryptionKeyWrong"}
        ],
    }
    id: str
    kind: Annotated[str, Meta(description="What the job does, such as `message` or `webhook`.")]
    attempts: Annotated[int, Meta(description="How often it was attempted.")]
    error: Annotated[str, Meta(description="The type of the last error, and its code.")]
    created_at: Instant
    latest_attempts: Annotated[
        tuple[FailedAttemptResponse, ...], Meta(description="The latest, the oldest first.")
    ]

    @staticmethod
    def of(letter: DeadLetter) -> "DeadLetterResponse":
        return DeadLetterResponse(
            id=letter.id,
            kind=letter.kind,
            attempts=letter.attempts,
            error=letter.last_error,
            created_at=letter.created_at,
            latest_attempts=tuple(
                FailedAttemptResponse(one.attempt, one.at, one.error)
                for one in letter.failed_attempts
            ),
        )


class DeadLetterCountResponse(Struct, frozen=True):
    """How many there are of one kind."""

    kind: Annotated[str, Meta(description="What the jobs do.")]
    jobs: Annotated[int, Meta(description="How many.")]


class DeadLetterListResponse(ResponseBody, frozen=True):
    """The newest failed jobs, and how many there are of each kind."""

    example: ClassVar = {
        "dead_letters": [DeadLetterResponse.example],
        "kinds": [{"kind": "webhook", "jobs": 1}],
    }
    dead_letters: Annotated[
        tuple[DeadLetterResponse, ...], Meta(description="The newest two hundred.")
    ]
    kinds: Annotated[
        tuple[DeadLetterCountResponse, ...], Meta(description="How many there are of each.")
    ]

    @staticmethod
    def of(found: Sequence[DeadLetter], counts: Mapping[str, int]) -> "DeadLetterListResponse":
        return DeadLetterListResponse(
            tuple(map(DeadLetterResponse.of, found)), counts_response(counts)
        )


class DeadLettersChangedResponse(ResponseBody, frozen=True):
    """How many were changed; with `dry_run` how many would be."""

    example: ClassVar = {
        "dry_run": False,
        "kinds": [{"kind": "webhook", "jobs": 12}],
        "seconds": 1.1,
        "left": 0,
    }
    dry_run: Annotated[bool, Meta(description="Whether nothing was changed.")]
    kinds: Annotated[tuple[DeadLetterCountResponse, ...], Meta(description="How many of each.")]
    seconds: Annotated[
        float, Meta(description="After how many seconds the last of them is attempted.")
    ]
    left: Annotated[int, Meta(description="How many of the selection are left: call again.")]


def counts_response(counts: Mapping[str, int]) -> tuple[DeadLetterCountResponse, ...]:
    return tuple(DeadLetterCountResponse(kind, jobs) for kind, jobs in counts.items())
