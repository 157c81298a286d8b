"""Responses about inconsistencies."""

from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta, Struct

from fullhouse.http.operations.bodies import ResponseBody
from fullhouse.kernel.timespan import Instant
from fullhouse.resilience.consistency_acts import ShownInconsistency, value_text
from fullhouse.resilience.consistency_records import Outcome

_OUTCOME = (
    "`open`, `released` (it may be changed as it is), `repaired`, `undone`, or `gone` (it ended by "
    "itself)."
)


class RecordChangeResponse(Struct, frozen=True):
    """A column that a repair changes."""

    record: Annotated[str, Meta(description="Which record, by its id.")]
    column: Annotated[str, Meta(description="Empty for a record that is added or removed.")]
    before: Annotated[str, Meta(description="The value now.")]
    after: Annotated[str, Meta(description="The value after the repair.")]


class InconsistencyResponse(ResponseBody, frozen=True, kw_only=True):
    """A record that breaks a consistency rule, with the repair that there is."""

    example: ClassVar = {
        "id": "01977f6e-9400-7000-8000-00000000000c",
        "rule": "only_holds_expire",
        "statement": "Only the places of holds and cancelled bookings expire, at their time",
        "message": "booking K7QF2M9D is confirmed until its end, its places expire",
        "found_at": "2027-06-12T09:14:02Z",
        "outcome": "open",
        "ended_at": None,
        "reason": "",
        "quarantined": True,
        "advice": "",
        "repair": "5f2b9c1",
        "changes": [
            {
                "record": "slots 01977f6e-8c00-7000-8000-00000000002a",
                "column": "booked",
                "before": "4",
                "after": "6",
            }
        ],
    }
    id: UUID
    rule: Annotated[str, Meta(description="The rule that it breaks.")]
    statement: Annotated[str, Meta(description="What the rule says.")]
    message: Annotated[str, Meta(description="What is wrong, in a sentence.")]
    found_at: Annotated[Instant, Meta(description="When it was found and confirmed.")]
    outcome: Annotated[Outcome, Meta(description=_OUTCOME)]
    ended_at: Annotated[Instant | None, Meta(description="Since when it is settled.")]
    reason: Annotated[str, Meta(description="Why it was released.")]
    quarantined: Annotated[bool, Meta(description="Whether its changes are refused.")]
    advice: Annotated[str, Meta(description="What to do where there is no repair.")]
    repair: Annotated[
        str | None, Meta(description="Identifies the repair; null where there is none.")
    ]
    changes: Annotated[
        tuple[RecordChangeResponse, ...], Meta(description="What the repair changes, or has.")
    ]

    @staticmethod
    def of(shown: ShownInconsistency) -> "InconsistencyResponse":
        return InconsistencyResponse(
            id=shown.id,
            rule=shown.rule,
            statement=shown.statement,
            message=shown.message,
            found_at=shown.found_at,
            outcome=shown.outcome,
            ended_at=shown.ended_at,
            reason=shown.reason,
            quarantined=shown.quarantined,
            advice=shown.advice,
            repair=shown.repair,
            changes=tuple(
                RecordChangeResponse(
                    one.record, one.column, value_text(one.before), value_text(one.after)
                )
                for one in shown.changes
            ),
        )


class InconsistencyListResponse(ResponseBody, frozen=True):
    """The newest inconsistencies; read one to see its repair."""

    example: ClassVar = {
        "inconsistencies": [
            {
                **InconsistencyResponse.example,
                "outcome": "repaired",
                "ended_at": "2027-06-12T09:20:41Z",
                "quarantined": False,
                "repair": None,
                "changes": [],
            }
        ]
    }
    inconsistencies: Annotated[
        tuple[InconsistencyResponse, ...], Meta(description="The newest first.")
    ]
