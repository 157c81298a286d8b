"""Save a view of a list, or remove it; both may be repeated."""

from fullhouse.people.errors import TooManyViews
from fullhouse.people.limits import SAVED_VIEWS_MAX
from fullhouse.people.model.saved_view import SavedView
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.unit_of_work import UnitOfWork


async def save_view(uow: UnitOfWork, list_name: str, view: SavedView) -> None:
    """Save it instead of the one of that name. Raises `TooManyViews`."""
    await locked_organisation(uow.session, uow.org_id)  # so that counting is exact
    saved = await uow.session.fetch_value(
        "people.save_view",
        str,
        org_id=uow.org_id,
        list=list_name,
        name=view.name,
        query=view.query,
        created_at=uow.now,
        views_max=SAVED_VIEWS_MAX,
    )
    if saved is None:
        raise TooManyViews


async def remove_view(uow: UnitOfWork, list_name: str, name: str) -> None:
    """Remove it; one that is not there is no error."""
    await uow.session.execute("people.remove_view", org_id=uow.org_id, list=list_name, name=name)
