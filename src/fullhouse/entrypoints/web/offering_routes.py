"""Routes of what is sold, when and where: offerings, schedules, closures and venues."""

from collections.abc import Sequence

from fullhouse.booking.model.offering import Offering
from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.web.admin.blocks import AdminResource
from fullhouse.entrypoints.web.admin.closures import ClosureResource
from fullhouse.entrypoints.web.admin.offerings import OfferingForm
from fullhouse.entrypoints.web.admin.picture_fields import PictureUpload
from fullhouse.entrypoints.web.admin.pictures import PictureResource
from fullhouse.entrypoints.web.admin.questions import QuestionResource
from fullhouse.entrypoints.web.admin.resource import resource_routes
from fullhouse.entrypoints.web.admin.schedules import ScheduleResource
from fullhouse.entrypoints.web.admin.venues import VenueResource
from fullhouse.entrypoints.web.dispatch import PageRoute
from fullhouse.entrypoints.web.navigation import Navigation


def offering_routes(
    app: Application,
    offerings: AdminResource[Offering, OfferingForm],
    navigation: Navigation,
    *,
    upload: PictureUpload,
) -> Sequence[PageRoute]:
    """The resources of one item of the navigation."""
    scheduling, unit_of_work = app.scheduling, app.unit_of_work
    closures = ClosureResource(unit_of_work, scheduling.close_venue, scheduling.reopen_venue)
    schedules = ScheduleResource(
        unit_of_work,
        scheduling.add_schedule,
        scheduling.change_schedule,
        scheduling.end_schedule,
    )
    venues = VenueResource(app.database, app.people.add_venue, scheduling.change_venue)
    questions = QuestionResource(unit_of_work, app.booking.change_questions)
    pictures = PictureResource(unit_of_work, app.booking.change_pictures, upload)
    return (
        *resource_routes(offerings, navigation, unit_of_work),
        *resource_routes(schedules.resource(), navigation, unit_of_work),
        *resource_routes(pictures.resource(), navigation, unit_of_work),
        *resource_routes(questions.resource(), navigation, unit_of_work),
        *resource_routes(closures.resource(), navigation, unit_of_work),
        *resource_routes(venues.resource(), navigation, unit_of_work),
    )
