"""Actions on rows of admin pages, declared beside the function that runs them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.kernel.context import Permission

Row = TypeVar("Row")


class Action(msgspec.Struct, Generic[Row], frozen=True):
    """An action on the selected rows of the list, or on the row of a detail page."""

    name: str
    label: str
    run: Callable[[PageContext, Sequence[str]], Awaitable[Sequence[str]]]
    """Returns a reason for each key that it refused."""
    allow: Permission
    done: tuple[str, str] | None = None
    """Singular and plural of the note afterwards, with `%(n)s`; without it not on the list."""
    fits: Callable[[Row], bool] | None = None
    """Whether the detail page of the row has a button; without it none."""
