"""The position of a row in a list that is ordered by time: where its next page begins."""

from datetime import UTC, datetime
from uuid import UUID

from msgspec import Struct

from fullhouse.kernel.timespan import storable


class TimePosition(Struct, frozen=True):
    """The instant and the id of the last row of a page."""

    at: datetime
    row_id: UUID

    @staticmethod
    def parse(text: str) -> "TimePosition | None":
        """The position that `text` spells; None, which is the first page, for anything else."""
        at, _, row_id = text.partition("~")
        try:
            instant = datetime.fromisoformat(at)
            # A forged one may have no date in UTC, in which the database takes it
            return TimePosition(storable(instant), UUID(row_id)) if instant.tzinfo else None
        except ValueError:
            return None

    @property
    def text(self) -> str:
        """As it stands in a URL."""
        return f"{self.at.astimezone(UTC).isoformat()}~{self.row_id}"


NEWEST = TimePosition(datetime(9999, 12, 31, tzinfo=UTC), UUID(int=(1 << 128) - 1))
"""Before the first row of a list that begins with the newest."""
