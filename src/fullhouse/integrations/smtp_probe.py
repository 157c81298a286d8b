"""A trial of the mail server: everything up to the first recipient, and no e-mail."""

import ssl
from typing import Final

import aiosmtplib

from fullhouse.integrations.limits import SMTP_DOCTOR_SECONDS_MAX
from fullhouse.integrations.smtp_settings import SmtpSettings, domain_of
from fullhouse.kernel.network_errors import words_of

_CODE_MIN: Final = 200


async def mail_server_problem(server: SmtpSettings) -> str | None:
    """Connect, say EHLO, begin TLS, sign in and name the sender; a sentence about what fails.

    The sentence begins with the server's address. It quotes the server, and never the password.
    """
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.use_tls,
        start_tls=server.start_tls,
        local_hostname=domain_of(server.sender),
        timeout=SMTP_DOCTOR_SECONDS_MAX,
    )
    step = "connecting"
    try:
        await client.connect()
        step = "EHLO"
        await client.ehlo()
        if server.username is not None and server.password is not None:
            step = "signing in"
            await client.login(server.username, server.password)
        step = "MAIL FROM"
        await client.mail(server.sender)
        await client.quit()
    except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
        return f"{server.address} {_words(error, server, step)}"
    finally:
        client.close()
    return None


def _words(error: Exception, server: SmtpSettings, step: str) -> str:
    """What the network says, below the errors of the library; else what the server says."""
    if isinstance(error, TimeoutError):
        return f"{words_of(error)} Many hosts block port 25: try 587 or 465. ({step})"
    cause = error.__cause__ or error
    if isinstance(cause, OSError) and not isinstance(cause, aiosmtplib.SMTPException):
        is_tls = isinstance(cause, ssl.SSLError) and not isinstance(
            cause, ssl.SSLCertVerificationError
        )
        advice = " Usually smtps:// is port 465 and smtp:// is port 587." if is_tls else ""
        return words_of(cause) + advice
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _words_of_answer(error, server, step)
    if isinstance(error, aiosmtplib.SMTPNotSupported) or "STARTTLS" in str(error):
        return f"does not offer what {step} needs: {' '.join(str(error).split())}"
    return f"hangs up ({step}). It may expect smtps:// at this port."


def _words_of_answer(
    error: aiosmtplib.SMTPResponseException, server: SmtpSettings, step: str
) -> str:
    answer = f"{error.code} {' '.join(error.message.split())}."
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return f"refuses the user name or the password: {answer}"
        case aiosmtplib.SMTPSenderRefused():
            return f"refuses the sender {server.sender}: {answer}"
        case _ if error.code < _CODE_MIN:
            return "does not answer as a mail server does."
        case _:
            return f"answers to {step}: {answer}"
