"""The saved views of a list."""

from collections.abc import Sequence

from fullhouse.kernel.ids import OrgId
from fullhouse.people.model.saved_view import SavedView
from fullhouse.storage.database import Session


async def saved_views(session: Session, org_id: OrgId, list_name: str) -> Sequence[SavedView]:
    """By name."""
    return await session.fetch("people.saved_views", SavedView, org_id=org_id, list=list_name)
