"""Pages of the business: overview, season, waiting list, messages, settings and audit."""

from collections.abc import Sequence
from typing import Final

from fullhouse.bootstrap.application import Application, webhook_networks
from fullhouse.bootstrap.consistency import build_repairs
from fullhouse.bootstrap.worker import build_examples
from fullhouse.entrypoints.web.admin.api_keys import ApiKeyResource
from fullhouse.entrypoints.web.admin.audit import AuditResource
from fullhouse.entrypoints.web.admin.channels import ChannelResource
from fullhouse.entrypoints.web.admin.dead_letters import DeadLetterResource
from fullhouse.entrypoints.web.admin.digest import DigestPage
from fullhouse.entrypoints.web.admin.email_examples import EmailExampleResource
from fullhouse.entrypoints.web.admin.email_texts import ALLOW as TEXTS_ALLOW
from fullhouse.entrypoints.web.admin.email_texts import EmailTextPages
from fullhouse.entrypoints.web.admin.forms import FormPages
from fullhouse.entrypoints.web.admin.inconsistencies import InconsistencyResource
from fullhouse.entrypoints.web.admin.messages import MessageResource
from fullhouse.entrypoints.web.admin.picture_fields import PictureUpload
from fullhouse.entrypoints.web.admin.ratings import RatingResource
from fullhouse.entrypoints.web.admin.received_webhooks import ReceivedWebhookResource
from fullhouse.entrypoints.web.admin.reminders import ReminderPage
from fullhouse.entrypoints.web.admin.resource import resource_routes
from fullhouse.entrypoints.web.admin.settings import SettingsForm
from fullhouse.entrypoints.web.admin.waiting_list import WaitingListResource
from fullhouse.entrypoints.web.admin.webhooks import WebhookResource
from fullhouse.entrypoints.web.admin.welcome import WelcomePage
from fullhouse.entrypoints.web.dispatch import PageRoute, get, post
from fullhouse.entrypoints.web.navigation import Navigation, NavItem
from fullhouse.entrypoints.web.pages.funnel_page import FunnelPage
from fullhouse.entrypoints.web.pages.live_pages import LivePages
from fullhouse.entrypoints.web.pages.overview import OverviewPage
from fullhouse.entrypoints.web.pages.season import SeasonPage
from fullhouse.kernel.context import Permission
from fullhouse.localisation.translations import gettext_noop
from fullhouse.messages.actions.change_channels import ChangeChannels
from fullhouse.messages.actions.change_digest import ChangeDigest
from fullhouse.messages.actions.change_email_texts import ChangeEmailTexts
from fullhouse.messages.actions.change_reminders import ChangeReminders
from fullhouse.messages.actions.change_webhooks import ChangeWebhooks
from fullhouse.messages.actions.send_channel_test import RequestChannelTest
from fullhouse.messages.actions.send_test_email import RequestTestEmail
from fullhouse.resilience.consistency_acts import ConsistencyActs

SETTINGS: Final = NavItem(
    "settings", gettext_noop("Settings"), "settings", Permission.MANAGE_ORGANISATION
)


REMINDERS: Final = NavItem(
    "reminders",
    gettext_noop("Reminders and thanks"),
    "email",
    Permission.MANAGE_ORGANISATION,
    "messages",
)
DIGEST: Final = NavItem(
    "digest",
    gettext_noop("Daily overview"),
    "email",
    Permission.MANAGE_ORGANISATION,
    "messages",
)


class BusinessPages:
    """Built before the navigation, which it has items in."""

    def __init__(self, app: Application, pictures: PictureUpload, live: LivePages) -> None:
        self._app, self._pictures, self._live = app, pictures, live
        self._emails = MessageResource(app.database, sends_email=app.settings.smtp_url is not None)
        self._messages = self._emails.resource()
        self._waiting = WaitingListResource(
            app.database,
            app.booking.offer_freed_places,
            app.booking.leave_waiting_list,
            app.clock,
        ).resource()

        self._audit = AuditResource(app.database).resource()

    @property
    def items(self) -> tuple[NavItem, ...]:
        resources = (self._messages, self._waiting, self._audit)
        return (*(one.nav_item for one in resources), SETTINGS)

    def routes(self, navigation: Navigation) -> Sequence[PageRoute]:
        app = self._app
        overview = OverviewPage(app.database, navigation)
        welcome = WelcomePage(app.database, navigation)
        form = SettingsForm(app.booking.change_business, self._pictures).form()
        keys = ApiKeyResource(
            app.unit_of_work, app.people.issue_api_key, app.people.revoke_api_key
        ).resource()
        change = ChangeWebhooks(app.ids, app.sealer, webhook_networks(app.settings))
        webhooks = WebhookResource(app.unit_of_work, change).resource()
        channels = ChannelResource(
            app.unit_of_work,
            ChangeChannels(app.sealer, webhook_networks(app.settings)),
            RequestChannelTest(app.ids),
        ).resource()
        settings = FormPages(SETTINGS, form, navigation, app.unit_of_work)
        return (
            get("/admin/{org}/settings", settings.edit, form.allow),
            post("/admin/{org}/settings", settings.save, form.allow, limits=settings.limits),
            *self._rule_routes(navigation),
            get("/admin/{org}/welcome", welcome.show, Permission.MANAGE_ORGANISATION),
            get("/admin/{org}/overview", overview.show, Permission.VIEW_BOOKINGS),
            *self._report_routes(navigation),
            *resource_routes(keys, navigation, app.unit_of_work),
            *resource_routes(webhooks, navigation, app.unit_of_work),
            *self._job_routes(navigation),
            *resource_routes(channels, navigation, app.unit_of_work),
            *resource_routes(RatingResource(app.database).resource(), navigation, app.unit_of_work),
            *resource_routes(
                InconsistencyResource(
                    ConsistencyActs(app.unit_of_work, build_repairs())
                ).resource(),
                navigation,
                app.unit_of_work,
                live=self._live,
            ),
            *resource_routes(self._waiting, navigation, app.unit_of_work),
            *resource_routes(self._audit, navigation, app.unit_of_work),
            *resource_routes(self._messages, navigation, app.unit_of_work),
            get("/admin/{org}/messages/{key}/html", self._emails.html, Permission.VIEW_MESSAGES),
            *self._email_routes(navigation),
        )

    def _report_routes(self, navigation: Navigation) -> Sequence[PageRoute]:
        season = SeasonPage(self._app.database, navigation)
        funnel = FunnelPage(self._app.database, navigation)
        return (
            get("/admin/{org}/season", season.show, Permission.VIEW_REPORTS),
            get("/admin/{org}/season.csv", season.csv, Permission.VIEW_REPORTS),
            get("/admin/{org}/funnel", funnel.show, Permission.VIEW_REPORTS),
            get("/admin/{org}/funnel.csv", funnel.csv, Permission.VIEW_REPORTS),
        )

    def _email_routes(self, navigation: Navigation) -> Sequence[PageRoute]:
        """How e-mails look, and what they say."""
        app, examples = self._app, build_examples(self._app)
        texts = EmailTextPages(examples, ChangeEmailTexts(), app.unit_of_work)
        emails = EmailExampleResource(examples, RequestTestEmail(), texts)
        preview = "/admin/{org}/e-mails/{key}/preview"
        return (
            *resource_routes(emails.resource(), navigation, app.unit_of_work),
            get("/admin/{org}/e-mails/{key}/html", emails.html, Permission.VIEW_MESSAGES),
            get(preview, texts.stored_preview, TEXTS_ALLOW),
            post(preview, texts.preview, TEXTS_ALLOW),
        )

    def _job_routes(self, navigation: Navigation) -> Sequence[PageRoute]:
        """What was given up, and what services have reported."""
        unit_of_work = self._app.unit_of_work
        failed = DeadLetterResource(unit_of_work).resource()
        received = ReceivedWebhookResource(unit_of_work).resource()
        return (
            *resource_routes(failed, navigation, unit_of_work, live=self._live),
            *resource_routes(received, navigation, unit_of_work),
        )

    def _rule_routes(self, navigation: Navigation) -> Sequence[PageRoute]:
        """What is sent by rules of the business."""
        unit_of_work = self._app.unit_of_work
        reminders = ReminderPage(ChangeReminders()).form()
        digest = DigestPage(ChangeDigest()).form()
        reminder_pages = FormPages(REMINDERS, reminders, navigation, unit_of_work)
        digest_pages = FormPages(DIGEST, digest, navigation, unit_of_work)
        return (
            get("/admin/{org}/reminders", reminder_pages.edit, reminders.allow),
            post("/admin/{org}/reminders", reminder_pages.save, reminders.allow),
            get("/admin/{org}/digest", digest_pages.edit, digest.allow),
            post("/admin/{org}/digest", digest_pages.save, digest.allow),
        )
