"""Work for organisation after organisation, none of which keeps those behind it from theirs."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, TypeVar

from fullhouse.kernel.ids import OrgId
from fullhouse.storage.errors import DatabaseUnavailable


class OfOrganisation(Protocol):
    """What a sweep has found of an organisation."""

    @property
    def org_id(self) -> OrgId: ...


T = TypeVar("T", bound=OfOrganisation)
R = TypeVar("R")


async def for_each_organisation(found: Iterable[T], work: Callable[[T], Awaitable[R]]) -> list[R]:
    """Do something for each; what it returns.

    What goes wrong is raised when all had their turn, in an `ExceptionGroup`; at once only
    `DatabaseUnavailable`, which would go wrong for all.
    """
    results, errors = list[R](), list[Exception]()
    for one in found:
        try:
            results.append(await work(one))
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - raised below
            error.add_note(f"organisation {one.org_id}")
            errors.append(error)
    if errors:
        message = "organisations whose turn failed"
        raise ExceptionGroup(message, errors)
    return results
