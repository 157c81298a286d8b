"""What the parts are built from."""

from collections.abc import Callable
from dataclasses import dataclass

from fullhouse.jobs.kinds import never
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids
from fullhouse.storage.database import Database
from fullhouse.storage.unit_of_work import UnitOfWorkFactory, ignore_topics


@dataclass(frozen=True, slots=True)
class Core:
    """The database with the clock and ids of this process. The demo gives another clock."""

    database: Database
    clock: Clock
    ids: Ids
    on_commit: Callable[[str], None] = ignore_topics
    """Told of the topics of each change, see `UnitOfWorkFactory`."""
    is_rush: Callable[[], bool] = never
    """Whether customers book so much that other work yields."""

    @property
    def unit_of_work(self) -> UnitOfWorkFactory:
        return UnitOfWorkFactory(self.database, self.clock, self.ids, self.on_commit)
