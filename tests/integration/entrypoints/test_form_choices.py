"""What a form of an admin page offers to choose, it takes: found by the table of pages."""

from tests.builders.api_client import ApiClient

from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.web.admin.action_forms import ActionFormPages
from fullhouse.entrypoints.web.admin.fields import FormParser
from fullhouse.entrypoints.web.admin.forms import FormPages
from fullhouse.entrypoints.web.routes import page_routes
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.localisation.translations import load_translations


async def test_every_choice_that_a_form_offers_is_one_that_it_takes(api: ApiClient) -> None:
    sessions = AccountSessions(api.app.database, api.app.clock)
    offered = 0
    for route in page_routes(api.app, sessions, ShutdownSignal(), health=api.health.reports.health):
        pages = getattr(route.handler, "__self__", None)
        if isinstance(pages, FormPages):
            struct, groups = pages.form.struct, pages.form.groups
        elif isinstance(pages, ActionFormPages):
            struct, groups = pages.form.struct, {"": pages.form.fields}
        else:
            continue
        parser = FormParser(struct, groups, load_translations()["en"], "USD", {})
        for field in (one for fields in groups.values() for one in fields):
            for value, _ in field.choices:
                name = f"{field.name}.{value}" if field.kind == "checkboxes" else field.name
                typed = {name: "yes" if field.kind == "checkboxes" else value}
                offered += 1
                assert field.name not in parser.parse(typed, stored=None).problems, value
    assert offered > 0
