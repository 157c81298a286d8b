"""Erase e-mails about a person: that one was sent stays, its texts and its recipient do not."""

from collections.abc import Sequence
from uuid import UUID

from fullhouse.storage.unit_of_work import UnitOfWork


async def erase_messages(
    uow: UnitOfWork, subjects: Sequence[UUID], *, recipients: Sequence[str] | None = None
) -> None:
    """Empty the e-mails about these subjects; with `recipients` those alone that went to them.

    One that was not sent yet is never sent. What guests wrote of their visits goes as well.
    """
    await uow.session.execute(
        "messages.erase_messages",
        org_id=uow.org_id,
        subjects=list(subjects),
        recipients=None if recipients is None else list(recipients),
    )
    if recipients is None:
        await uow.session.execute(
            "messages.erase_ratings", org_id=uow.org_id, subjects=list(subjects)
        )
