"""Errors of a connection in words, for the operator who set the address."""

import socket
import ssl
from typing import Final

_SENTENCES: Final = (
    (socket.gaierror, "cannot be found: no address is known for this name."),
    (ssl.SSLError, "speaks no TLS at this port."),
    (ConnectionRefusedError, "refuses connections: nothing listens there."),
    (TimeoutError, "does not answer in time: it is overloaded, or a firewall is in between."),
    (ConnectionError, "hangs up."),
)


def words_of(error: OSError) -> str:
    """The end of a sentence that begins with an address: `refuses connections: …`."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that is not valid: {error.verify_message}."
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return sentence
    return f"cannot be reached: {error.strerror or error}."
