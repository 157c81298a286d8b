"""The table of the pages on which people sign in and see to their accounts."""

from collections.abc import Sequence
from typing import Final

from fullhouse.booking.model.urls import (
    ACCOUNT_PATH,
    ACCOUNTS_PATH,
    ADMIN_PATH,
    DOMAINS_PATH,
    FLAGS_PATH,
    FORGOTTEN_PATH,
    MODE_PATH,
    OPTIMISATIONS_PATH,
    SERVICE_LEVEL_CSV_PATH,
    SERVICE_LEVEL_PATH,
    SHORT_ACCOUNT_PATH,
    SIGN_IN_CODE_PATH,
    SIGN_IN_PATH,
    SIGN_OUT_PATH,
    SIGN_UP_PATH,
    SignedUrls,
    sign_up_path,
)
from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.flags import FLAG_DEFINITIONS
from fullhouse.bootstrap.observability import ROUTES_OF
from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.security.outage_pass import OutagePass
from fullhouse.entrypoints.web.account_presenter import SECOND_FACTOR_PATH
from fullhouse.entrypoints.web.admin.set_up import SetUpPages
from fullhouse.entrypoints.web.dispatch import PageHandler, PageRoute, get, post
from fullhouse.entrypoints.web.pages.account import AccountPages
from fullhouse.entrypoints.web.pages.domains import DomainPages
from fullhouse.entrypoints.web.pages.flags import FlagPages
from fullhouse.entrypoints.web.pages.invitations import InvitationPages
from fullhouse.entrypoints.web.pages.operating_mode import ModePages
from fullhouse.entrypoints.web.pages.operator import OperatorPages
from fullhouse.entrypoints.web.pages.optimisations import OptimisationPages
from fullhouse.entrypoints.web.pages.password_reset import PasswordResetPages
from fullhouse.entrypoints.web.pages.password_sign_in import PasswordSignInPages
from fullhouse.entrypoints.web.pages.service_level import ServiceLevelPage
from fullhouse.entrypoints.web.pages.sign_in import SignInPages
from fullhouse.entrypoints.web.pages.sign_up import SignUpPages
from fullhouse.kernel.context import Permission
from fullhouse.resilience.flag_acts import FlagActs
from fullhouse.storage.sealed_drafts import sealer_of_drafts

BROWSE: Final = Permission.BROWSE


def account_routes(app: Application, sessions: AccountSessions) -> Sequence[PageRoute]:
    """Every page and form target that belongs to a person and no business."""
    pages = SignInPages(
        app.database,
        sessions,
        app.unit_of_work,
        app.people.redeem_sign_in_link,
        app.people.sign_out,
        OutagePass(app.tokens.secret, app.clock),
    )
    by_password = PasswordSignInPages(
        sessions, app.accounts.sign_in, app.people.sign_out, app.unit_of_work
    )
    reset = PasswordResetPages(
        app.database,
        app.unit_of_work,
        app.accounts.request_password_reset,
        app.accounts.reset_password,
        app.accounts.hash_new_password,
    )
    links = InvitationPages(
        app.database,
        sessions,
        app.unit_of_work,
        app.people.accept_invitation,
        app.accounts.agree_to_email_change,
        app.accounts.hash_new_password,
        app.ids,
        app.accounts.sign_in.new_device,
    )
    return (
        get(ADMIN_PATH, pages.admin, BROWSE),
        *_form("/admin/enter/{token}", pages.confirm, pages.sign_in),
        post(SIGN_OUT_PATH, pages.sign_out, BROWSE),
        *_form(SIGN_IN_PATH, by_password.form, by_password.sign_in),
        *_form(SIGN_IN_CODE_PATH, by_password.code_form, by_password.sign_in_with_code),
        *_form(FORGOTTEN_PATH, reset.forgotten, reset.send),
        *_form("/admin/reset/{token}", reset.form, reset.reset),
        *_form("/admin/invitation/{token}", links.invitation, links.accept),
        *_form("/admin/confirm-email/{token}", links.email_link, links.agree),
        *_set_up_routes(app),
        *_sign_up_routes(app),
        *_own_account_routes(
            AccountPages(app.database, app.unit_of_work, app.accounts, SignedUrls(app.tokens))
        ),
        *_operator_routes(app),
    )


def _form(path: str, show: PageHandler, submit: PageHandler) -> Sequence[PageRoute]:
    """A form that everybody may see, and its target."""
    return get(path, show, BROWSE), post(path, submit, BROWSE)


def _set_up_routes(app: Application) -> Sequence[PageRoute]:
    pages = SetUpPages(
        app.unit_of_work,
        app.scheduling.set_up_business,
        app.accounts.hash_new_password,
        app.tokens,
        sealer_of_drafts(app.tokens.secret),
        app.accounts.sign_in.new_device,
    )
    return (
        get("/admin/set-up/{token}", pages.show, BROWSE),
        get("/admin/set-up/{token}/{step}", pages.show, BROWSE),
        post("/admin/set-up/{token}/{step}", pages.submit, BROWSE),
    )


def _sign_up_routes(app: Application) -> Sequence[PageRoute]:
    pages = SignUpPages(
        app.unit_of_work,
        app.accounts.request_sign_up,
        app.accounts.sign_up,
        app.people.sign_out,
        app.accounts.hash_new_password,
        app.ids,
        app.accounts.sign_in.new_device,
    )
    return (
        *_form(SIGN_UP_PATH, pages.form, pages.send),
        *_form(sign_up_path("{token}"), pages.details, pages.make),
    )


def _operator_routes(app: Application) -> Sequence[PageRoute]:
    people, verify = app.people, app.accounts.verify_person
    pages = OperatorPages(app.unit_of_work, people.operate_account, verify)
    domains = DomainPages(
        app.unit_of_work,
        people.confirm_domain,
        people.change_organisation,
        verify,
        app.settings.base_url,
    )
    optimisations = OptimisationPages(app.database)
    modes = ModePages(app.unit_of_work, verify)
    service_level = ServiceLevelPage(app.database, ROUTES_OF)
    flags = FlagPages(FlagActs(app.unit_of_work, FLAG_DEFINITIONS), verify)
    return (
        get(FLAGS_PATH, flags.form, Permission.OPERATE),
        post(FLAGS_PATH, flags.change, Permission.OPERATE),
        get(OPTIMISATIONS_PATH, optimisations.show, Permission.OPERATE),
        post(OPTIMISATIONS_PATH, optimisations.change, Permission.OPERATE),
        get(SERVICE_LEVEL_PATH, service_level.show, Permission.OPERATE),
        get(SERVICE_LEVEL_CSV_PATH, service_level.csv, Permission.OPERATE),
        get(MODE_PATH, modes.form, Permission.OPERATE),
        post(MODE_PATH, modes.change, Permission.OPERATE),
        get(DOMAINS_PATH, domains.form, Permission.OPERATE),
        post(DOMAINS_PATH, domains.change, Permission.OPERATE),
        get(ACCOUNTS_PATH, pages.form, Permission.OPERATE),
        post(ACCOUNTS_PATH, pages.change, Permission.OPERATE),
    )


def _own_account_routes(pages: AccountPages) -> Sequence[PageRoute]:
    factor, allow = SECOND_FACTOR_PATH, Permission.USE_ACCOUNT
    return (
        get(SHORT_ACCOUNT_PATH, pages.redirect, BROWSE),
        get(ACCOUNT_PATH, pages.show, allow),
        post(f"{ACCOUNT_PATH}/profile", pages.save_profile, allow),
        post(f"{ACCOUNT_PATH}/email", pages.change_email, allow),
        post(f"{ACCOUNT_PATH}/national-id", pages.change_national_id, allow),
        post(f"{ACCOUNT_PATH}/national-id/remove", pages.remove_national_id, allow),
        post(f"{ACCOUNT_PATH}/password", pages.change_password, allow),
        get(factor, pages.second_factor, allow),
        post(factor, pages.confirm_second_factor, allow),
        post(f"{factor}/remove", pages.remove_second_factor, allow),
        post(f"{ACCOUNT_PATH}/recovery-codes", pages.renew_codes, allow),
        post(f"{ACCOUNT_PATH}/delete", pages.delete, allow),
        post(f"{ACCOUNT_PATH}/sessions", pages.end_sessions, allow),
    )
