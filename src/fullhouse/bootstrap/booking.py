"""The wiring of booking."""

from dataclasses import dataclass

from fullhouse.booking.actions.admit_ticket import AdmitTicket
from fullhouse.booking.actions.book_for_caller import BookForCaller
from fullhouse.booking.actions.cancel_booking import CancelBooking
from fullhouse.booking.actions.cancel_closed_booking import CancelClosedBooking
from fullhouse.booking.actions.change_answers import ChangeAnswers
from fullhouse.booking.actions.change_business import ChangeBusiness
from fullhouse.booking.actions.change_contact import ChangeContact
from fullhouse.booking.actions.change_pictures import ChangePictures
from fullhouse.booking.actions.change_questions import ChangeQuestions
from fullhouse.booking.actions.check_in import CheckIn
from fullhouse.booking.actions.confirm_hold import ConfirmHold
from fullhouse.booking.actions.expire_holds import ExpireHolds
from fullhouse.booking.actions.join_waiting_list import JoinWaitingList
from fullhouse.booking.actions.leave_waiting_list import LeaveWaitingList
from fullhouse.booking.actions.mark_no_show import MarkNoShow
from fullhouse.booking.actions.move_booking import MoveBooking
from fullhouse.booking.actions.offer_freed_places import OfferFreedPlaces
from fullhouse.booking.actions.place_booking import PlaceBooking
from fullhouse.booking.actions.place_hold import PlaceHold
from fullhouse.booking.actions.release_hold import ReleaseHold
from fullhouse.booking.actions.renew_booking_link import RenewBookingLink
from fullhouse.booking.actions.restore_booking import RestoreBooking
from fullhouse.booking.actions.save_offering import SaveOffering
from fullhouse.booking.actions.send_tickets import SendTickets
from fullhouse.booking.actions.set_capacity import SetCapacity
from fullhouse.booking.actions.undo_change import UndoChange
from fullhouse.booking.actions.undo_check_in import UndoCheckIn
from fullhouse.booking.actions.write_note import WriteNote
from fullhouse.booking.actions.write_to_guest import WriteToGuest
from fullhouse.booking.metrics import HoldMetrics
from fullhouse.booking.updates import BookingUpdater
from fullhouse.people.actions.change_organisation import ChangeOrganisation
from fullhouse.people.actions.remove_picture import RemovePicture
from fullhouse.scheduling.materialisation import materialise


@dataclass(frozen=True, slots=True)
class BookingActions:
    """Every verb of booking."""

    place_booking: PlaceBooking
    book_for_caller: BookForCaller
    place_hold: PlaceHold
    confirm_hold: ConfirmHold
    release_hold: ReleaseHold
    cancel_booking: CancelBooking
    cancel_closed_booking: CancelClosedBooking
    restore_booking: RestoreBooking
    move_booking: MoveBooking
    change_contact: ChangeContact
    change_answers: ChangeAnswers
    check_in: CheckIn
    admit_ticket: AdmitTicket
    undo_check_in: UndoCheckIn
    mark_no_show: MarkNoShow
    join_waiting_list: JoinWaitingList
    leave_waiting_list: LeaveWaitingList
    offer_freed_places: OfferFreedPlaces
    expire_holds: ExpireHolds
    set_capacity: SetCapacity
    save_offering: SaveOffering
    change_business: ChangeBusiness
    change_questions: ChangeQuestions
    change_pictures: ChangePictures
    send_tickets: SendTickets
    renew_link: RenewBookingLink
    write_note: WriteNote
    write_to_guest: WriteToGuest
    undo_change: UndoChange


def build_booking(updater: BookingUpdater, metrics: HoldMetrics) -> BookingActions:
    policy, database, ledger = updater.policy, updater.database, updater.ledger
    clock, ids = updater.clock, updater.ids
    release_hold, check_in = ReleaseHold(updater), CheckIn(updater)
    place_booking = PlaceBooking(policy, ledger, ids)
    save_offering = SaveOffering(materialise)
    return BookingActions(
        place_booking=place_booking,
        book_for_caller=BookForCaller(place_booking, clock),
        place_hold=PlaceHold(policy, ledger, ids, metrics),
        confirm_hold=ConfirmHold(updater, metrics),
        release_hold=release_hold,
        cancel_booking=CancelBooking(updater),
        cancel_closed_booking=CancelClosedBooking(updater),
        restore_booking=RestoreBooking(updater),
        move_booking=MoveBooking(updater),
        change_contact=ChangeContact(),
        change_answers=ChangeAnswers(),
        check_in=check_in,
        admit_ticket=AdmitTicket(updater, check_in),
        undo_check_in=UndoCheckIn(updater),
        mark_no_show=MarkNoShow(updater),
        join_waiting_list=JoinWaitingList(policy, ledger, ids),
        leave_waiting_list=LeaveWaitingList(database, ledger, release_hold, ids),
        offer_freed_places=OfferFreedPlaces(policy, database, ledger, clock, ids),
        expire_holds=ExpireHolds(database, ledger, clock, ids),
        set_capacity=SetCapacity(updater.catalogue, ledger, ids),
        save_offering=save_offering,
        change_business=ChangeBusiness(ChangeOrganisation(), save_offering),
        change_questions=ChangeQuestions(save_offering),
        change_pictures=ChangePictures(save_offering, RemovePicture()),
        send_tickets=SendTickets(),
        renew_link=RenewBookingLink(),
        write_note=WriteNote(),
        write_to_guest=WriteToGuest(),
        undo_change=UndoChange(
            database, MoveBooking(updater), RestoreBooking(updater), UndoCheckIn(updater)
        ),
    )
