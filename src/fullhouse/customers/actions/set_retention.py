"""Set after how many months without a booking a person is erased."""

from dataclasses import dataclass

from fullhouse.customers.events import RetentionChanged
from fullhouse.customers.limits import RETENTION_MONTHS_MAX
from fullhouse.kernel.errors import InvalidInput, VersionConflict
from fullhouse.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SetRetention:
    """Nothing is erased at once: the worker does it, the next night."""

    async def __call__(self, uow: UnitOfWork, months: int | None, *, expected_version: int) -> None:
        """None for never; version 0 expects that there is no rule.

        Raises `VersionConflict`, and `InvalidInput` for too many or too few months.
        """
        if months is not None and not 1 <= months <= RETENTION_MONTHS_MAX:
            raise InvalidInput(
                f"Choose from 1 to {RETENTION_MONTHS_MAX} months, or none.", field="months"
            )
        key = {"org_id": uow.org_id, "version": expected_version}
        if months is None and not expected_version:
            return
        version = (
            await uow.session.fetch_value("customers.delete_retention_rule", int, **key)
            if months is None
            else await uow.session.fetch_value(
                "customers.write_retention_rule", int, months=months, **key
            )
        )
        if version is None:
            raise VersionConflict(version=expected_version + 1)
        uow.record(uow.org_id, RetentionChanged(months=months))
