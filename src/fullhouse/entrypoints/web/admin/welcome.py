"""`/admin/{org}/welcome`: where the set-up ends, and guests can book."""

from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking.model.urls import OfferingUrls, admin_path, organisation_path
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link
from fullhouse.http.response import Response
from fullhouse.localisation.formatter import formatter_for
from fullhouse.scheduling.reads.schedules import schedules_listed, slots_of_schedule
from fullhouse.storage.database import Database


class WelcomePage(msgspec.Struct, frozen=True):
    """The address of the business, its first day, and what to do next."""

    database: Database
    navigation: Navigation

    async def show(self, page: PageContext) -> Response:
        """The overview for a business without a time to come."""
        slug = page.organisation.slug
        async with self.database.session() as session:
            schedule = next(iter(await schedules_listed(session, page.org_id)), None)
            if schedule is None:
                return page.redirect(admin_path(slug, "overview"))
            key = (schedule.offering_id, schedule.schedule_id)
            slots = await slots_of_schedule(session, page.org_id, key, now=page.now)
        if not slots:
            return page.redirect(admin_path(slug, "overview"))
        text = formatter_for(
            page.language, ZoneInfo(schedule.zone), country=schedule.country, now=page.now
        )
        day = text.local(slots[0].starts_at).date()
        times = [one for one in slots if text.local(one.starts_at).date() == day]
        _, ngettext = page.translations.gettext, page.translations.ngettext
        title = _("%(name)s takes bookings", name=page.organisation.name)
        return page.render(
            "admin/welcome.html",
            title,
            navigation=self.navigation.links(page, "overview"),
            title=title,
            first_day=ngettext(
                "The first day is %(day)s, with %(n)s time from %(first)s on.",
                "The first day is %(day)s, with %(n)s times from %(first)s on.",
                len(times),
                day=text.long_date(day),
                first=text.time(times[0].starts_at),
            ),
            address=page.base_url + organisation_path(slug),
            public=Link(_("See your page"), OfferingUrls(slug, schedule.offering).day(day)),
            overview=Link(_("Go to the overview"), admin_path(slug, "overview")),
            sends_email=page.sends_email,
            next_steps=(
                Link(
                    _("Describe your offering, and show a picture"),
                    admin_path(slug, f"offerings/{schedule.offering}/edit"),
                ),
                Link(_("Change days, hours and the season"), admin_path(slug, "schedules")),
                Link(_("Add your phone number, colors and terms"), admin_path(slug, "settings")),
                Link(_("Invite the people you work with"), admin_path(slug, "team/new")),
            ),
        )
