"""The operations of the API: each resource with the actions and reads that it uses."""

from collections.abc import Sequence

from fullhouse.booking.model.urls import SignedUrls
from fullhouse.bootstrap.application import Application, webhook_networks
from fullhouse.bootstrap.consistency import build_repairs
from fullhouse.bootstrap.inbox import build_inbox
from fullhouse.bootstrap.worker import build_examples
from fullhouse.entrypoints.api.arguments import PathLoaders
from fullhouse.entrypoints.api.auth import Authentication
from fullhouse.entrypoints.api.availability import AvailabilityResource
from fullhouse.entrypoints.api.availability_stream import AvailabilityStream
from fullhouse.entrypoints.api.booking_commands import BookingCommands
from fullhouse.entrypoints.api.bookings import BookingsResource
from fullhouse.entrypoints.api.channels import Channels
from fullhouse.entrypoints.api.closures import Closures
from fullhouse.entrypoints.api.customers import Customers
from fullhouse.entrypoints.api.day_feeds import DayFeeds
from fullhouse.entrypoints.api.dead_letters import DeadLetters
from fullhouse.entrypoints.api.digest import DigestResource
from fullhouse.entrypoints.api.email_texts import EmailTexts
from fullhouse.entrypoints.api.events import Events
from fullhouse.entrypoints.api.holds import Holds
from fullhouse.entrypoints.api.incoming_webhooks import IncomingWebhooks
from fullhouse.entrypoints.api.inconsistencies import Inconsistencies
from fullhouse.entrypoints.api.messages import MessagesResource
from fullhouse.entrypoints.api.offerings import Offerings
from fullhouse.entrypoints.api.phone_regions import PhoneRegions
from fullhouse.entrypoints.api.pictures import Pictures
from fullhouse.entrypoints.api.ratings import RatingsResource
from fullhouse.entrypoints.api.reminders import RemindersResource
from fullhouse.entrypoints.api.schedules import Schedules
from fullhouse.entrypoints.api.slots import Slots
from fullhouse.entrypoints.api.venues import Venues
from fullhouse.entrypoints.api.waiting_list import WaitingList
from fullhouse.entrypoints.api.webhooks import Webhooks
from fullhouse.entrypoints.outputs.bookings import BookingPresenter
from fullhouse.entrypoints.security.access import AccessControl, AccountContext, require
from fullhouse.http.operations.arguments import ArgumentReaders
from fullhouse.http.operations.dispatcher import Dispatcher, Resource
from fullhouse.http.operations.operation import Operation
from fullhouse.http.operations.response_cache import ResponseCache
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.messages.actions.acknowledge_message import AcknowledgeMessage
from fullhouse.messages.actions.change_channels import ChangeChannels
from fullhouse.messages.actions.change_digest import ChangeDigest
from fullhouse.messages.actions.change_email_texts import ChangeEmailTexts
from fullhouse.messages.actions.change_reminders import ChangeReminders
from fullhouse.messages.actions.change_webhooks import ChangeWebhooks
from fullhouse.messages.actions.send_channel_test import RequestChannelTest
from fullhouse.resilience.consistency_acts import ConsistencyActs


def api_operations(
    app: Application,
    *,
    access: AccessControl,
    shutdown: ShutdownSignal,
    responses: ResponseCache,
) -> Sequence[Operation]:
    """All operations, in the order of the OpenAPI document."""
    loaders = PathLoaders(
        app.catalogue,
        app.bookings,
        app.tokens,
        app.read_calendar_file,
        app.people.encode_picture,
    )
    dispatcher = Dispatcher(
        access.for_api,
        require,
        app.unit_of_work,
        loaders.readers(),
        responses,
        in_turn=access.turns.turn,
    )
    resources = (*_bookings(app, shutdown), *_set_up(app))
    return (*dispatcher.operations(resources), *_account_operations(app, access, responses))


def _account_operations(
    app: Application, access: AccessControl, responses: ResponseCache
) -> Sequence[Operation]:
    """What concerns a person and no business: its paths have no `{org}`."""
    readers = ArgumentReaders(AccountContext, {}, {})
    dispatcher = Dispatcher(
        access.for_account,
        require,
        app.unit_of_work,
        readers,
        responses,
        in_turn=access.turns.turn,
    )
    authentication = Authentication(
        app.accounts.sign_in,
        app.accounts.refresh_session,
        app.people.sign_out,
        app.unit_of_work,
        app.profiles,
    )
    return dispatcher.operations([authentication])


def _bookings(app: Application, shutdown: ShutdownSignal) -> Sequence[Resource]:
    actions, known = app.booking, (app.catalogue, app.availability)
    urls = SignedUrls(app.tokens, app.settings.base_url)
    presenter = BookingPresenter(urls)
    regions = PhoneRegions(app.catalogue, app.bookings)
    return (
        AvailabilityResource(*known, app.clock),
        AvailabilityStream(app.catalogue, DayFeeds(*known, app.changes, shutdown)),
        Holds(actions.place_hold, actions.release_hold, presenter),
        BookingsResource(
            place_booking=actions.place_booking,
            confirm_hold=actions.confirm_hold,
            bookings=app.bookings,
            catalogue=app.catalogue,
            database=app.database,
            clock=app.clock,
            presenter=presenter,
            regions=regions,
        ),
        BookingCommands(
            cancel=actions.cancel_booking,
            move=actions.move_booking,
            check_party_in=actions.check_in,
            mark_as_no_show=actions.mark_no_show,
            restore=actions.restore_booking,
            undo_check_in=actions.undo_check_in,
            renew_link=actions.renew_link,
            change=actions.change_contact,
            answers=actions.change_answers,
            send=actions.send_tickets,
            presenter=presenter,
        ),
        Events(app.database),
        Customers(
            app.database,
            app.customers_by_phone,
            app.access_log,
            app.clock,
            app.customers.erase_customer,
        ),
        WaitingList(actions.join_waiting_list, actions.leave_waiting_list, regions, urls),
    )


def _set_up(app: Application) -> Sequence[Resource]:
    actions, database, clock = app.scheduling, app.database, app.clock
    return (
        Venues(
            database,
            app.people.add_venue,
            actions.change_venue,
            app.booking.change_business,
        ),
        Pictures(
            database,
            app.people.add_picture,
            app.people.remove_picture,
            app.settings.base_url,
        ),
        Offerings(database, app.catalogue, app.booking.save_offering, app.ids),
        Schedules(
            database,
            app.catalogue,
            actions.add_schedule,
            actions.change_schedule,
            actions.end_schedule,
        ),
        Closures(
            database=database,
            clock=clock,
            close=actions.close_venue,
            reopen=actions.reopen_venue,
            import_file=actions.import_closures,
        ),
        Slots(database, clock, app.booking.set_capacity),
        Webhooks(
            database,
            ChangeWebhooks(app.ids, app.sealer, webhook_networks(app.settings)),
        ),
        IncomingWebhooks(database, clock, build_inbox(app), app.settings.base_url),
        DeadLetters(database),
        Channels(
            database,
            ChangeChannels(app.sealer, webhook_networks(app.settings)),
            RequestChannelTest(app.ids),
            AcknowledgeMessage(),
        ),
        RemindersResource(database, ChangeReminders()),
        RatingsResource(database, clock),
        MessagesResource(database),
        EmailTexts(build_examples(app), ChangeEmailTexts()),
        DigestResource(database, ChangeDigest()),
        Inconsistencies(ConsistencyActs(app.unit_of_work, build_repairs())),
    )
