"""The wiring of signing in: of people, what needs the installation's secrets and runs passwords."""

from dataclasses import dataclass

from fullhouse.bootstrap.dependencies import Core
from fullhouse.people.actions.add_account import AddAccount
from fullhouse.people.actions.change_email import AgreeToEmailChange, RequestEmailChange
from fullhouse.people.actions.change_national_id import ChangeNationalId
from fullhouse.people.actions.change_password import ChangeAccount, ChangePassword, EndSessions
from fullhouse.people.actions.delete_account import DeleteAccount
from fullhouse.people.actions.refresh_session import RefreshSession
from fullhouse.people.actions.reset_password import RequestPasswordReset, ResetPassword
from fullhouse.people.actions.second_factor import (
    BeginSecondFactor,
    ConfirmSecondFactor,
    RemoveSecondFactor,
    RenewRecoveryCodes,
)
from fullhouse.people.actions.set_password import HashNewPassword, SetEmail, SetPassword
from fullhouse.people.actions.sign_in import SignIn
from fullhouse.people.actions.sign_up import RequestSignUp, SignUp
from fullhouse.people.actions.verify_person import VerifyPerson
from fullhouse.people.code_check import CodeCheck
from fullhouse.people.metrics import SignInMetrics
from fullhouse.people.password_check import PasswordCheck
from fullhouse.people.password_hasher import PasswordHasher
from fullhouse.storage.sealing import Sealer


@dataclass(frozen=True, slots=True)
class AccountActions:
    """Every verb of accounts."""

    verify_person: VerifyPerson
    sign_in: SignIn
    refresh_session: RefreshSession
    hash_new_password: HashNewPassword
    set_password: SetPassword
    set_email: SetEmail
    request_sign_up: RequestSignUp
    sign_up: SignUp
    request_password_reset: RequestPasswordReset
    reset_password: ResetPassword
    change_password: ChangePassword
    change_account: ChangeAccount
    end_sessions: EndSessions
    change_national_id: ChangeNationalId
    delete_account: DeleteAccount
    request_email_change: RequestEmailChange
    agree_to_email_change: AgreeToEmailChange
    begin_second_factor: BeginSecondFactor
    confirm_second_factor: ConfirmSecondFactor
    remove_second_factor: RemoveSecondFactor
    renew_recovery_codes: RenewRecoveryCodes


def build_accounts(
    core: Core, metrics: SignInMetrics, *, secret: bytes, sealer: Sealer
) -> AccountActions:
    """One for a process: it bounds how many passwords are hashed at the same time."""
    hasher = PasswordHasher(core.clock, metrics, is_rush=core.is_rush)
    check = PasswordCheck(core.database, core.clock, hasher, secret, metrics)
    check_code = CodeCheck(check, sealer, core.clock)
    return AccountActions(
        verify_person=VerifyPerson(check, check_code),
        sign_in=SignIn(check, check_code, core.unit_of_work, core.ids, metrics),
        refresh_session=RefreshSession(core.unit_of_work, secret),
        hash_new_password=HashNewPassword(hasher),
        set_password=SetPassword(),
        set_email=SetEmail(),
        request_sign_up=RequestSignUp(check),
        sign_up=SignUp(AddAccount(core.ids)),
        request_password_reset=RequestPasswordReset(check),
        reset_password=ResetPassword(RemoveSecondFactor()),
        change_password=ChangePassword(),
        change_account=ChangeAccount(),
        end_sessions=EndSessions(),
        change_national_id=ChangeNationalId(check, sealer, core.unit_of_work),
        delete_account=DeleteAccount(),
        request_email_change=RequestEmailChange(check),
        agree_to_email_change=AgreeToEmailChange(),
        begin_second_factor=BeginSecondFactor(sealer),
        confirm_second_factor=ConfirmSecondFactor(check_code),
        remove_second_factor=RemoveSecondFactor(),
        renew_recovery_codes=RenewRecoveryCodes(),
    )
