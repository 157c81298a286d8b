"""Join the waiting list of a slot: places that become free are offered in order of arrival."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fullhouse.booking import errors
from fullhouse.booking.events import WaitingListJoined
from fullhouse.booking.ledger.commands import as_sent, idempotency_key, priced_event
from fullhouse.booking.ledger.verdicts import Result, result_of
from fullhouse.booking.model.commands import JoinWaitingListCommand, Take
from fullhouse.booking.model.outcomes import WaitingOutcome
from fullhouse.booking.model.plan import BookingPlan
from fullhouse.booking.model.requests import WaitingRequest
from fullhouse.booking.model.waiting import WaitingEntry
from fullhouse.booking.policy import BookingPolicy
from fullhouse.booking.ports import Ledger
from fullhouse.kernel.context import Permission, RequestContext
from fullhouse.kernel.ids import Ids, OrgId, derived_id
from fullhouse.kernel.timespan import midnight


@dataclass(frozen=True, slots=True)
class JoinWaitingList:
    """Puts a party at the end of the waiting list of a slot, or of every slot of its day."""

    policy: BookingPolicy
    ledger: Ledger
    ids: Ids

    async def __call__(
        self, org_id: OrgId, request: WaitingRequest, *, context: RequestContext
    ) -> Result[WaitingOutcome]:
        """Return the entry.

        Raises what `BookingPolicy.check` and `Ledger.submit` raise, `SlotClosed`, `TooManyHolds`,
        `ClientWaitsAlready`, and
        `AlreadyWaiting` for the entry of another requester, whose id is not this one's to know.

        Joining while there is room does no harm: the offer follows at once.
        """
        plan = await self.policy.check(
            org_id, (request.slot,), party=request.party, context=context
        )
        command = self._command(plan, request, context)
        outcome = WaitingOutcome(
            org_id=org_id,
            entry_id=command.aggregate_id,
            status=command.new_entry.status,
            offering=plan.offering.slug,
            zone=plan.zone,
            slot=plan.slots[0],
            party=request.party,
            any_time=request.any_time,
            requester=derived_id(str(org_id), "requester", context.requester),
        )
        verdict = await self.ledger.submit(command, outcome)
        await self.policy.raise_if_unavailable(plan, verdict)
        result = result_of(verdict, WaitingOutcome, context, offering=plan.offering, zone=plan.zone)
        is_own = result.outcome.requester == outcome.requester
        if not (is_own or context.may(Permission.VIEW_BOOKINGS)):
            raise errors.AlreadyWaiting(offering=plan.offering.slug, zone=plan.zone)
        return result

    def _command(
        self, plan: BookingPlan, request: WaitingRequest, context: RequestContext
    ) -> JoinWaitingListCommand:
        customer, org_id = request.customer, plan.offering.org_id
        client_limits = self.policy.hold_limits.of(org_id, context)
        day = _day_of(plan) if request.any_time else None
        waited_for = (request.slot,) if day is None else (plan.offering.offering_id, *day)
        content = (*waited_for, request.party, customer.email, *as_sent(request, context))
        key = idempotency_key(org_id, context, "wait", *content)
        entry = WaitingEntry(
            org_id=org_id,
            entry_id=self.ids.uuid(),
            slot_id=request.slot,
            offering_id=plan.offering.offering_id,
            status="waiting",
            party=request.party,
            customer_name=customer.name,
            customer_email=customer.email,
            customer_phone=customer.phone,
            locale=request.locale,
            day_starts_at=None if day is None else day[0],
            day_ends_at=None if day is None else day[1],
            client=None if client_limits is None else client_limits.client,
        )
        return JoinWaitingListCommand(
            command_id=self.ids.uuid(),
            org_id=org_id,
            aggregate_id=entry.entry_id,
            actor=context.actor,
            correlation_id=context.correlation_id,
            takes=(Take(request.slot),),
            key=key.key,
            fingerprint=key.fingerprint,
            key_is_derived=key.is_derived,
            new_entry=entry,
            client_limits=client_limits,
            event=WaitingListJoined.kind(),
            event_data=priced_event(WaitingListJoined, plan),
        )


def _day_of(plan: BookingPlan) -> tuple[datetime, datetime]:
    """The day of the planned slot at the venue."""
    day = plan.slots[0].starts_at.astimezone(ZoneInfo(plan.zone)).date()
    return midnight(day, plan.zone), midnight(day + timedelta(days=1), plan.zone)
