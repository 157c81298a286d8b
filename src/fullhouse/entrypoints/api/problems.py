"""Every error of the business as an answer: by one table from type to HTTP status.

A test asks that every error of the business stands here itself; the families of `HTTP_STATUS` catch
what a part adds later.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from fullhouse.booking import errors as booking
from fullhouse.booking.model.slot import Alternative
from fullhouse.customers import errors as customers
from fullhouse.entrypoints.api.problem_examples import EXAMPLES
from fullhouse.entrypoints.security import errors as security
from fullhouse.http.operations.problems import HTTP_STATUS, Problems
from fullhouse.jobs import errors as jobs
from fullhouse.kernel.errors import FullhouseError
from fullhouse.messages import errors as messages
from fullhouse.people import errors as people
from fullhouse.resilience import errors as resilience
from fullhouse.scheduling import errors as scheduling
from fullhouse.scheduling.model.closures import ClosureInvalid
from fullhouse.scheduling.model.ics_parser import CalendarInvalid
from fullhouse.scheduling.model.public_holidays import HolidaysUnknown
from fullhouse.scheduling.model.recurrence import RuleInvalid
from fullhouse.scheduling.model.rule_expansion import TooManySlots
from fullhouse.scheduling.model.schedule import ScheduleInvalid
from fullhouse.storage.errors import EncryptionKeyMissing, EncryptionKeyWrong

STATUS: Final[Mapping[type[FullhouseError], int]] = {
    **HTTP_STATUS,
    # Who asks
    people.NotSignedIn: 401,
    people.NotPermitted: 403,
    people.SignInLinkSpent: 401,
    people.WrongCredentials: 401,
    people.SessionEnded: 401,
    people.SecondFactorRequired: 401,
    resilience.WebhookNotSigned: 401,
    people.WrongCode: 401,
    people.SignInLocked: 429,
    people.SignInBusy: 429,
    security.WrongOrganisation: 403,
    # What is not there
    people.UnknownOrganisation: 404,
    people.UnknownVenue: 404,
    people.UnknownPicture: 404,
    jobs.UnknownDeadLetter: 404,
    resilience.UnknownInconsistency: 404,
    resilience.UnknownReceivedWebhook: 404,
    resilience.UnknownWebhookSource: 404,
    resilience.InconsistencySettled: 409,
    resilience.NoRepair: 409,
    resilience.RepairChanged: 409,
    resilience.RepairNotUndoable: 409,
    messages.UnknownWebhook: 404,
    messages.TooManyWebhooks: 409,
    people.UnknownApiKey: 404,
    people.UnknownMember: 404,
    people.UnknownAccount: 404,
    people.UnknownInvitation: 404,
    booking.UnknownOffering: 404,
    booking.UnknownSlot: 404,
    booking.UnknownBooking: 404,
    booking.UnknownQuestion: 404,
    booking.UnknownWaiting: 404,
    messages.UnknownMessage: 404,
    messages.UnknownEmail: 404,
    messages.UnknownChannel: 404,
    customers.UnknownCustomer: 404,
    scheduling.UnknownSchedule: 404,
    scheduling.UnknownClosure: 404,
    # What cannot be meant
    messages.InvalidEmailText: 422,
    people.PictureInvalid: 422,
    people.TooManyPictures: 422,
    people.TooManyVenues: 422,
    booking.TooManyOfferings: 422,
    booking.SlotsNotTogether: 422,
    booking.PartyNotAdmitted: 422,
    booking.UnknownPriceCategory: 422,
    booking.GuestsNotGiven: 422,
    booking.AnswerMissing: 422,
    booking.AnswerNotValid: 422,
    RuleInvalid: 422,
    TooManySlots: 422,
    scheduling.TooManySchedules: 422,
    scheduling.TooManyClosures: 422,
    scheduling.TooManyToTell: 422,
    ScheduleInvalid: 422,
    ClosureInvalid: 422,
    CalendarInvalid: 422,
    HolidaysUnknown: 422,
    # What the state of things does not allow
    people.OrganisationSlugTaken: 409,
    people.DomainTaken: 409,
    people.EmailTaken: 409,
    people.NationalIdTaken: 409,
    people.LastOwner: 409,
    people.LastOperator: 409,
    people.NotSignedInYet: 409,
    people.AccountIsDisabled: 409,
    people.AlreadyMember: 409,
    people.InvitedTooOften: 409,
    people.TooManyInvitations: 409,
    people.AccountInUse: 409,
    people.AlreadySetUp: 409,
    people.TooManyApiKeys: 409,
    people.TooManyViews: 409,
    people.PictureInUse: 409,
    people.SecondFactorExists: 409,
    EncryptionKeyMissing: 409,
    EncryptionKeyWrong: 503,
    booking.OfferingSlugTaken: 409,
    messages.MessageNotRetryable: 409,
    customers.CustomerError: 409,
    customers.AlreadyMerged: 409,
    customers.NothingMerged: 409,
    customers.CustomerExpected: 409,
    people.PeopleError: 409,
    booking.BookingError: 409,
    booking.SlotFull: 409,
    booking.SlotClosed: 409,
    booking.SlotPast: 409,
    booking.SlotNotOpen: 409,
    booking.PossibleDuplicate: 409,
    booking.TooManyBookings: 409,
    booking.HoldHasExpired: 409,
    booking.AlreadyCheckedIn: 409,
    booking.AlreadyCancelled: 409,
    booking.BookingQuarantined: 409,
    booking.WrongStatus: 409,
    booking.TooLateToCancel: 409,
    booking.TooLateToMove: 409,
    booking.TooLateToAnswer: 409,
    booking.TooLateToReduce: 409,
    booking.NotArrivalTime: 409,
    booking.TooManyContactChanges: 409,
    booking.TooManyChanges: 409,
    booking.TooLateToReduce: 409,
    booking.TooLateToUndo: 409,
    booking.AlreadyWaiting: 409,
    booking.CancelledByStaff: 409,
    booking.CapacityBelowSold: 409,
    booking.ClientWaitsAlready: 409,
    booking.TooManyHolds: 429,
    booking.ChangedMeanwhile: 409,
    # What may work in a moment
    booking.LedgerRefused: 503,
    resilience.NotServedNow: 503,
}


def _details_of(error: FullhouseError) -> dict[str, object]:
    """The details of the error, its times in the zone of the venue."""
    zone = ZoneInfo(error.zone) if isinstance(error, booking.BookingError) and error.zone else None
    return {name: _shown(value, zone) for name, value in error.details.items()}


def _shown(value: object, zone: ZoneInfo | None) -> object:
    match value:
        case datetime() if zone is not None:
            return value.astimezone(zone)
        case Alternative() if zone is not None:
            return replace(
                value,
                starts_at=value.starts_at.astimezone(zone),
                ends_at=value.ends_at.astimezone(zone),
            )
        case tuple():
            return [_shown(item, zone) for item in value]
        case _:
            return value


PROBLEMS: Final = Problems(STATUS, _details_of, EXAMPLES)
