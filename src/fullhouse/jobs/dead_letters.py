"""Dead letters: effects that failed for good, for people to retry or to discard.

A dead letter holds neither the payload of its effect nor the words of an error: both may quote what
a guest typed. Retries of many are spread over time, so that a service that has just come back is
not overrun.
"""

import base64
import binascii
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct

from fullhouse.jobs.errors import UnknownDeadLetter
from fullhouse.jobs.events import DeadLetterDiscarded, DeadLetterRetried
from fullhouse.jobs.limits import (
    DEAD_LETTER_REASON_CHARACTERS_MAX,
    DEAD_LETTER_RETRIES_PER_SECOND,
    DEAD_LETTERS_AT_ONCE_MAX,
    DEAD_LETTERS_LISTED_MAX,
)
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import OrgId, derived_id
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork


class FailedAttempt(Struct, frozen=True):
    """An attempt that failed; `error` is a type with its code, such as `EmailRejected 554`."""

    attempt: int
    at: datetime
    error: str


class DeadLetter(Struct, frozen=True):
    """An effect that is not attempted any more; `history` holds its latest failed attempts."""

    org_id: OrgId
    key: str
    kind: str
    subject: UUID
    attempts: int
    last_error: str
    history: object
    created_at: datetime
    correlation_id: UUID

    @property
    def id(self) -> str:
        """The key as it stands in a URL."""
        return base64.urlsafe_b64encode(self.key.encode()).rstrip(b"=").decode()

    @property
    def failed_attempts(self) -> Sequence[FailedAttempt]:
        """The latest attempts, the oldest first."""
        return msgspec.convert(self.history, list[FailedAttempt])


class Selection(Struct, frozen=True):
    """Dead letters by their keys, all of one kind, or all of an organisation."""

    keys: Sequence[str] | None = None
    kind: str | None = None


class KindCount(Struct, frozen=True):
    """How many dead letters of one kind an organisation has."""

    org_id: OrgId
    kind: str
    dead: int


class EndedLetter(Struct, frozen=True):
    """A dead letter that was one until now."""

    key: str
    kind: str


class LettersEnded(Struct, frozen=True):
    """How many of each kind were ended, or would be; `left` were too many for one transaction.

    After `seconds` the last of those retried is due.
    """

    kinds: Mapping[str, int]
    left: int
    seconds: float = 0.0


def key_of(letter_id: str) -> str:
    """The key of an id that `DeadLetter.id` made; raises `UnknownDeadLetter`."""
    try:
        padded = letter_id + "=" * (-len(letter_id) % 4)
        key = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise UnknownDeadLetter from error
    if "\x00" in key:
        raise UnknownDeadLetter
    return key


async def dead_letters(session: Session, *, kind: str | None = None) -> list[DeadLetter]:
    """Those of all organisations, of all kinds or of one: the newest `DEAD_LETTERS_LISTED_MAX`."""
    return await session.fetch(
        "jobs.dead_letters", DeadLetter, kind=kind, effects_max=DEAD_LETTERS_LISTED_MAX
    )


async def dead_letters_of(
    session: Session, org_id: OrgId, *, kind: str | None = None
) -> list[DeadLetter]:
    """Those of one organisation: the newest `DEAD_LETTERS_LISTED_MAX`."""
    return await session.fetch(
        "jobs.dead_letters_of",
        DeadLetter,
        org_id=org_id,
        kind=kind,
        effects_max=DEAD_LETTERS_LISTED_MAX,
    )


async def dead_letter(session: Session, org_id: OrgId, key: str) -> DeadLetter:
    """Raises `UnknownDeadLetter`."""
    found = await session.fetch_one("jobs.dead_letter", DeadLetter, org_id=org_id, key=key)
    if found is None:
        raise UnknownDeadLetter
    return found


async def count_dead_letters(session: Session, *, kind: str | None = None) -> list[KindCount]:
    """How many there are of each organisation and kind."""
    return await session.fetch("jobs.count_dead_letters", KindCount, kind=kind)


async def count_selected(
    session: Session, org_id: OrgId, selection: Selection
) -> Mapping[str, int]:
    """How many of a selection there are, by kind: what retrying or discarding would change."""
    found = await session.fetch(
        "jobs.count_selected_dead_letters",
        KindCount,
        org_id=org_id,
        keys=selection.keys,
        kind=selection.kind,
    )
    return {each.kind: each.dead for each in found}


def retry_seconds(count: int) -> float:
    """After how many seconds the last of so many retried dead letters is due."""
    return max(0, count - 1) / DEAD_LETTER_RETRIES_PER_SECOND


async def retry(
    uow: UnitOfWork, selection: Selection, *, reason: str = "", after: int = 0
) -> list[EndedLetter]:
    """Make dead letters due again, with all attempts of their kind; those that were still dead.

    At most `DEAD_LETTERS_AT_ONCE_MAX`, the oldest first, due one after the other behind the `after`
    that were retried before. Raises `InvalidInput` for a reason that is too long.
    """
    why = checked_reason(reason)
    ended = await uow.session.fetch(
        "jobs.retry_dead_letters",
        EndedLetter,
        org_id=uow.org_id,
        keys=selection.keys,
        kind=selection.kind,
        effects_max=DEAD_LETTERS_AT_ONCE_MAX,
        after=after,
        pause=timedelta(seconds=1 / DEAD_LETTER_RETRIES_PER_SECOND),
    )
    for letter in ended:
        event = DeadLetterRetried(kind_of_job=letter.kind, key=letter.key, reason=why)
        uow.record(_subject(uow, letter), event)
    return ended


async def discard(uow: UnitOfWork, selection: Selection, *, reason: str) -> list[EndedLetter]:
    """End dead letters without an attempt; those that were still dead.

    At most `DEAD_LETTERS_AT_ONCE_MAX`, the oldest first. Raises `InvalidInput` without a reason.
    """
    why = checked_reason(reason, required=True)
    ended = await uow.session.fetch(
        "jobs.discard_dead_letters",
        EndedLetter,
        org_id=uow.org_id,
        keys=selection.keys,
        kind=selection.kind,
        effects_max=DEAD_LETTERS_AT_ONCE_MAX,
    )
    for letter in ended:
        event = DeadLetterDiscarded(kind_of_job=letter.kind, key=letter.key, reason=why)
        uow.record(_subject(uow, letter), event)
    return ended


async def retry_selected(
    uow: UnitOfWork, selection: Selection, *, reason: str, dry_run: bool
) -> LettersEnded:
    """As `retry`; with `dry_run` only count what would be retried."""
    counts = await count_selected(uow.session, uow.org_id, selection)
    kinds = counts if dry_run else counted(await retry(uow, selection, reason=reason))
    done = sum(kinds.values())
    return LettersEnded(kinds, sum(counts.values()) - done, retry_seconds(done))


async def discard_selected(
    uow: UnitOfWork, selection: Selection, *, reason: str, dry_run: bool
) -> LettersEnded:
    """As `discard`; with `dry_run` only count what would be discarded."""
    counts = await count_selected(uow.session, uow.org_id, selection)
    kinds = counts if dry_run else counted(await discard(uow, selection, reason=reason))
    return LettersEnded(kinds, sum(counts.values()) - sum(kinds.values()))


async def replace(session: Session, org_id: OrgId, key: str) -> bool:
    """End a dead letter whose work another effect does from now on; False if it is none."""
    return bool(await session.execute("jobs.replace_dead_letter", org_id=org_id, key=key))


def counted(letters: Sequence[EndedLetter]) -> Mapping[str, int]:
    """The number of each kind."""
    return Counter(letter.kind for letter in letters)


def checked_reason(text: str, *, required: bool = False) -> str:
    """One line of text, which history keeps for ever; raises `InvalidInput`."""
    reason = text.strip()
    fits = len(reason) <= DEAD_LETTER_REASON_CHARACTERS_MAX and (not reason or reason.isprintable())
    if not fits or (required and not reason):
        raise InvalidInput(
            f"Say why in one line of at most {DEAD_LETTER_REASON_CHARACTERS_MAX} characters.",
            field="reason",
        )
    return reason


def _subject(uow: UnitOfWork, letter: EndedLetter) -> UUID:
    return derived_id(uow.org_id.hex, "effect", letter.key)
