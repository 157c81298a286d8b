"""Work for one after the other, none of which keeps those behind it from their turn."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, TypeVar

from fullhouse.kernel.ids import OrgId
from fullhouse.storage.errors import DatabaseUnavailable


class OfOrganisation(Protocol):
    """What a sweep has found of an organisation."""

    @property
    def org_id(self) -> OrgId: ...


T = TypeVar("T")
Of = TypeVar("Of", bound=OfOrganisation)
R = TypeVar("R")


async def for_each(
    found: Iterable[T], work: Callable[[T], Awaitable[R]], *, name: Callable[[T], str]
) -> list[R]:
    """Do something for each; what it returns.

    What goes wrong is raised when all had their turn, in an `ExceptionGroup`, each with a note of
    the `name` of whose turn it was; at once only `DatabaseUnavailable`, which would go wrong for
    all.
    """
    results, errors = list[R](), list[Exception]()
    for one in found:
        try:
            results.append(await work(one))
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - raised below
            error.add_note(name(one))
            errors.append(error)
    if errors:
        message = "those whose turn failed"
        raise ExceptionGroup(message, errors)
    return results


async def for_each_organisation(found: Iterable[Of], work: Callable[[Of], Awaitable[R]]) -> list[R]:
    """`for_each`, by the organisation that each is of."""
    return await for_each(found, work, name=lambda one: f"organisation {one.org_id}")
