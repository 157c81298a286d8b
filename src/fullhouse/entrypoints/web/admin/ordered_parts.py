"""What an offering has in an order, such as its pictures: moved up, removed, and brought back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from fullhouse.entrypoints.web.admin_actions import Action, act_on_each
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory


class Placed(Protocol):
    """A row that knows its place, from 0."""

    @property
    def place(self) -> int: ...


class OrderedChange(Protocol):
    """The changes to a part, by the slug of its offering and its own name."""

    async def move_up(self, uow: UnitOfWork, offering: str, name: str, /) -> None: ...
    async def remove(self, uow: UnitOfWork, offering: str, name: str, /) -> None: ...
    async def restore(self, uow: UnitOfWork, offering: str, name: str, /) -> None: ...


Row = TypeVar("Row", bound=Placed)
_Act = Callable[[UnitOfWork, str, str], Awaitable[None]]


class OrderedParts(msgspec.Struct, Generic[Row], frozen=True):
    """Makes the actions of a list; `moved`, `removed` and `restored` are their notes.

    `names_of` reads the key of a row. `refused` has the sentence of each error that refuses one.
    """

    unit_of_work: UnitOfWorkFactory
    change: OrderedChange
    names_of: Callable[[str], tuple[str, str]]
    moved: tuple[str, str]
    removed: tuple[str, str]
    restored: tuple[str, str]
    refused: Mapping[type[FullhouseError], str]
    can_remove: Callable[[Row], bool] = lambda _row: True

    def actions(self, allow: Permission) -> tuple[Action[Row], ...]:
        return (
            Action(
                "up", _("Move up"), self._move_up, allow, self.moved, fits=lambda row: row.place > 0
            ),
            Action(
                "remove",
                _("Remove"),
                self._remove,
                allow,
                self.removed,
                fits=self.can_remove,
                ends=True,
                undo="restore",
            ),
            Action("restore", "", self._restore, allow, self.restored),
        )

    async def _move_up(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        return await self._each(page, keys, self.change.move_up)

    async def _remove(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        return await self._each(page, keys, self.change.remove)

    async def _restore(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        """Those that were removed last come back first, to where they were."""
        return await self._each(page, keys[::-1], self.change.restore)

    async def _each(self, page: PageContext, keys: Sequence[str], act: _Act) -> Sequence[str]:
        return await act_on_each(
            self.unit_of_work,
            page,
            keys,
            act=lambda uow, key: act(uow, *self.names_of(key)),
            refused=self.refused,
        )
