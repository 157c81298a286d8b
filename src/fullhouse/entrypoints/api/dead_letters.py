"""Dead letters: a business's jobs that failed for good, retried or discarded."""

from dataclasses import dataclass
from typing import ClassVar

from fullhouse.entrypoints.inputs.dead_letters import DeadLettersQuery, DeadLettersRequest
from fullhouse.entrypoints.outputs.dead_letters import (
    DeadLetterListResponse,
    DeadLetterResponse,
    DeadLettersChangedResponse,
    counts_response,
)
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.http.operations.operation import operation
from fullhouse.jobs import dead_letters as letters
from fullhouse.jobs.dead_letters import LettersEnded, Selection
from fullhouse.jobs.errors import UnknownDeadLetter
from fullhouse.kernel.context import Permission
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Failed jobs: what they do, why they failed, and another try."""

    database: Database
    tag: ClassVar[str] = "Failed jobs"

    @operation("GET", "/api/v1/{org}/dead-letters", allow=Permission.MANAGE_ORGANISATION)
    async def list_dead_letters(
        self, org: OrgContext, query: DeadLettersQuery
    ) -> DeadLetterListResponse:
        """List jobs that failed for good, the newest first."""
        async with self.database.session() as session:
            found = await letters.dead_letters_of(session, org.org_id, kind=query.kind)
            counts = await letters.count_selected(session, org.org_id, Selection(kind=query.kind))
        return DeadLetterListResponse.of(found, counts)

    @operation(
        "GET",
        "/api/v1/{org}/dead-letters/{id}",
        allow=Permission.MANAGE_ORGANISATION,
        raises=(UnknownDeadLetter,),
    )
    async def get_dead_letter(self, org: OrgContext, id: str) -> DeadLetterResponse:
        """Read one failed job with its latest attempts."""
        async with self.database.session() as session:
            found = await letters.dead_letter(session, org.org_id, letters.key_of(id))
        return DeadLetterResponse.of(found)

    @operation(
        "POST",
        "/api/v1/{org}/dead-letters/retry",
        allow=Permission.MANAGE_ORGANISATION,
        raises=(UnknownDeadLetter,),
    )
    async def retry_dead_letters(
        self, uow: UnitOfWork, body: DeadLettersRequest
    ) -> DeadLettersChangedResponse:
        """Attempt failed jobs again, ten a second.

        With `dry_run` nothing is changed, and the answer says how many would be. At most a
        thousand are retried at once.
        """
        ended = await letters.retry_selected(
            uow, body.read(), reason=body.reason, dry_run=body.dry_run
        )
        return _changed(ended, dry_run=body.dry_run)

    @operation(
        "POST",
        "/api/v1/{org}/dead-letters/discard",
        allow=Permission.MANAGE_ORGANISATION,
        raises=(UnknownDeadLetter,),
    )
    async def discard_dead_letters(
        self, uow: UnitOfWork, body: DeadLettersRequest
    ) -> DeadLettersChangedResponse:
        """End failed jobs for good, with a `reason`; with `dry_run` only count them."""
        ended = await letters.discard_selected(
            uow, body.read(), reason=body.reason, dry_run=body.dry_run
        )
        return _changed(ended, dry_run=body.dry_run)


def _changed(ended: LettersEnded, *, dry_run: bool) -> DeadLettersChangedResponse:
    return DeadLettersChangedResponse(
        dry_run, counts_response(ended.kinds), ended.seconds, ended.left
    )
