"""`/admin/set-up/{token}`: whoever has the link that the server prints makes the first business.

Nothing is stored here until the last step, which makes everything at once. What was typed is in a
sealed cookie: going back, another language and another day keep it.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.model.urls import SIGN_IN_PATH, admin_path, organisation_path, set_up_path
from fullhouse.entrypoints.security.account_sessions import (
    SESSION_COOKIE,
    client_of,
    device_cookie,
)
from fullhouse.entrypoints.web.account_views import password_field
from fullhouse.entrypoints.web.admin.fields import Parsed
from fullhouse.entrypoints.web.admin.set_up_steps import (
    FIELDS_OF_ERRORS,
    STEPS,
    Draft,
    SetUpForm,
    all_steps,
    first_unfinished,
)
from fullhouse.entrypoints.web.limits import SET_UP_DRAFT_BYTES_MAX, SET_UP_DRAFT_SECONDS
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.password_reset import password_problem
from fullhouse.entrypoints.web.views import Field, FieldGroup, Link
from fullhouse.http.host_cookie import HostCookie
from fullhouse.http.response import Response
from fullhouse.kernel.context import OPERATOR
from fullhouse.kernel.errors import InvalidInput, NotFound
from fullhouse.kernel.ids import INSTALLATION, OrgId
from fullhouse.kernel.money import Money
from fullhouse.localisation.formatter import formatter_for
from fullhouse.localisation.translations import gettext_noop
from fullhouse.messages.facts import Fact
from fullhouse.people.actions.set_password import HashNewPassword
from fullhouse.people.errors import AlreadySetUp, EmailTaken, SignInLinkSpent
from fullhouse.people.model import AccountId
from fullhouse.people.reads.organisations import has_organisation
from fullhouse.people.updates import open_pages_session
from fullhouse.scheduling.actions.set_up_business import SetUpBusiness
from fullhouse.scheduling.model.new_business import (
    BusinessStep,
    OfferingStep,
    PlaceStep,
    SetUpStep,
    new_business,
    new_owner,
)
from fullhouse.scheduling.schedule_texts import schedule_sentence
from fullhouse.storage.sealed_drafts import open_draft, seal_draft
from fullhouse.storage.sealing import Sealer
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

_DRAFT: Final = HostCookie("fullhouse_set_up", SET_UP_DRAFT_SECONDS)
_OWNER: Final = STEPS[-1]
_EMAIL_TAKEN: Final = gettext_noop(
    "There is an account with this address already. Choose another address."
)


class SetUpView(msgspec.Struct, frozen=True, kw_only=True):
    """One step, and at the last one what will be made."""

    title: str
    lead: str
    action: str
    button: str
    groups: tuple[FieldGroup, ...]
    steps: tuple[Link, ...]
    is_first: bool
    facts: tuple[Fact, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(field for group in self.groups for field in group.fields)


class SetUpPages(msgspec.Struct, frozen=True):
    """The steps."""

    unit_of_work: UnitOfWorkFactory
    set_up: SetUpBusiness
    hash_new_password: HashNewPassword
    signer: LinkSigner
    sealer: Sealer
    new_device: Callable[[AccountId], str]

    async def show(self, page: PageContext) -> Response:
        """The step that the path names; an earlier one while that is not done."""
        if await self._is_set_up(page):
            return _already(page)
        step, draft = _step(page), self._draft(page)
        unfinished = first_unfinished(page, draft, step)
        if unfinished is not step:
            return page.redirect(_path(page, unfinished))
        return _render(page, step, draft, parsed=Parsed(step.suggested(page, draft), {}, None))

    async def submit(self, page: PageContext) -> Response:
        """Keep what was typed, and go on, back, or make the business."""
        if await self._is_set_up(page):
            return _already(page)
        step, before, typed = _step(page), self._draft(page), await page.form()
        parsed = step.parser(page, before).parse(typed, stored=None)
        draft, number = step.changed(before, parsed.texts), STEPS.index(step)
        self._keep(page, draft)
        if typed.get("go") == "back":
            return page.redirect(_path(page, STEPS[max(number - 1, 0)]))
        try:
            return await self._go_on(page, draft, parsed)
        except InvalidInput as error:
            return _refused(page, draft, error)

    async def _go_on(self, page: PageContext, draft: Draft, parsed: Parsed[SetUpStep]) -> Response:
        """The next step, or what is wrong with this one. Raises `InvalidInput`."""
        step = _step(page)
        if parsed.value is not None:
            parsed.value.check()
        if step is _OWNER:
            return await self._finish(page, draft, parsed)
        if parsed.problems:
            return _render(page, step, draft, parsed=parsed)
        return page.redirect(_path(page, STEPS[STEPS.index(step) + 1]))

    async def _finish(self, page: PageContext, draft: Draft, parsed: Parsed[SetUpStep]) -> Response:
        """Make the business, or say what is wrong with its owner. Raises `InvalidInput`."""
        unfinished = first_unfinished(page, draft, _OWNER)
        if unfinished is not _OWNER:
            return page.redirect(_path(page, unfinished))
        typed, hashed, wrong = await page.request.form(), "", ""
        personal = tuple(draft.get(name, "") for name in ("owner", "email", "name"))
        try:
            hashed = await self.hash_new_password(typed.get("password", ""), personal=personal)
        except InvalidInput as error:
            wrong = password_problem(page, error)
        if wrong or parsed.problems:
            return _render(page, _OWNER, draft, parsed=parsed, password_problem=wrong)
        try:
            return await self._make(page, draft, hashed)
        except AlreadySetUp:
            return _already(page)
        except EmailTaken:
            problems = {"email": page.translations.gettext(_EMAIL_TAKEN)}
            return _render(
                page, _OWNER, draft, parsed=msgspec.structs.replace(parsed, problems=problems)
            )

    async def _make(self, page: PageContext, draft: Draft, password_hash: str) -> Response:
        """Raises as `SetUpBusiness`."""
        steps, ids = all_steps(page, draft), self.unit_of_work.ids
        assert steps is not None, "each step was parsed before"
        new = new_business(steps, now=page.now)
        # Who has the link acts for the operator, to whom it was printed
        context = msgspec.structs.replace(page.context, principal=OPERATOR)
        async with self.unit_of_work(context, OrgId(ids.uuid())) as uow:
            made = await self.set_up(uow, new, new_owner(steps.owner, password_hash))
            client = client_of(page.request)
            opened = await open_pages_session(uow, made.account_id, client, ids=ids)
        page.cookies.append(SESSION_COOKIE.holding(opened.token, secure=page.is_secure))
        page.cookies.append(device_cookie(page.request, self.new_device(made.account_id)))
        page.cookies.append(_DRAFT.removed(secure=page.is_secure))
        return page.redirect(admin_path(made.organisation.slug, "welcome"))

    async def _is_set_up(self, page: PageContext) -> bool:
        """Raises `SignInLinkSpent` for another link than the one that the server prints."""
        token = page.path_parameter("token")
        if not self.signer.verify(token, "set_up", org_id=INSTALLATION, subject=INSTALLATION):
            raise SignInLinkSpent
        async with self.unit_of_work.database.session() as session:
            return await has_organisation(session)

    def _draft(self, page: PageContext) -> Draft:
        return open_draft(self.sealer, _DRAFT.read(page.request) or "", dict[str, str]) or {}

    def _keep(self, page: PageContext, draft: Draft) -> None:
        """Have the browser keep what was typed, if it fits into a cookie."""
        text = seal_draft(self.sealer, draft)
        if len(text) <= SET_UP_DRAFT_BYTES_MAX:
            page.cookies.append(_DRAFT.holding(text, secure=page.is_secure))


def _step(page: PageContext) -> SetUpForm:
    """Raises `NotFound`."""
    name = page.request.path_params.get("step", STEPS[0].name)
    step = next((one for one in STEPS if one.name == name), None)
    if step is None:
        raise NotFound
    return step


def _path(page: PageContext, step: SetUpForm) -> str:
    return set_up_path(page.path_parameter("token"), step.name)


def _already(page: PageContext) -> Response:
    _ = page.translations.gettext
    title = _("This has been set up already")
    return page.render(
        "sign_in.html",
        title,
        status=HTTPStatus.GONE,
        title=title,
        text=_("The link works once. Sign in with the account that was made with it."),
        action="",
        button="",
        link=Link(_("Sign in"), SIGN_IN_PATH),
    )


def _refused(page: PageContext, draft: Draft, error: InvalidInput) -> Response:
    """The step of the field that is wrong. Raises the error of a field that no step has."""
    field = FIELDS_OF_ERRORS.get(error.field, error.field)
    step = next((one for one in STEPS if field in one.names), None)
    if step is None:
        raise error
    problems = {field: step.parser(page, draft).refusal(field)}
    return _render(page, step, draft, parsed=Parsed(step.suggested(page, draft), problems, None))


def _render(
    page: PageContext,
    step: SetUpForm,
    draft: Draft,
    *,
    parsed: Parsed[SetUpStep],
    password_problem: str = "",
) -> Response:
    _, number = page.translations.gettext, STEPS.index(step)
    groups = step.parser(page, draft).groups(parsed, stored=None, conflict=False)
    if step is _OWNER:
        password = password_field(page.translations, problem=password_problem)
        password = msgspec.structs.replace(password, label=_("Password"))
        groups = (FieldGroup("", (*groups[0].fields, password)),)
    view = SetUpView(
        title=_(step.title),
        lead=_(step.lead),
        action=_path(page, step),
        button=_(step.button),
        groups=groups,
        steps=tuple(
            Link(_(one.title), "", current=one is step, icon="check" if at < number else "")
            for at, one in enumerate(STEPS)
        ),
        is_first=number == 0,
        facts=_facts(page, draft) if step is _OWNER else (),
    )
    is_refused = any(field.problem for field in view.fields)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
    return page.render("set_up.html", view.title, status=status, page=view)


def _facts(page: PageContext, draft: Draft) -> tuple[Fact, ...]:
    """What will be made, in short."""
    business, place, offering = (step.parse(page, draft).value for step in STEPS[:-1])
    assert isinstance(business, BusinessStep), "the steps before are done"
    assert isinstance(place, PlaceStep), "the steps before are done"
    assert isinstance(offering, OfferingStep), "the steps before are done"
    _, zone = page.translations.gettext, ZoneInfo(place.zone)
    text = formatter_for(page.language, zone, country=business.country, now=page.now)
    price = text.money(Money(offering.price_amount, place.currency))
    spec = offering.hours(page.now.astimezone(zone).date()).spec()
    return (
        Fact(_("Your page"), page.base_url + organisation_path(business.address)),
        Fact(offering.offering, _("%(price)s a person", price=price)),
        Fact(_("When"), schedule_sentence(spec, text)),
    )
