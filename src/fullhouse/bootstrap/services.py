"""The services of others that Fullhouse calls, each through a circuit of its name."""

from typing import Final

MAIL_SERVER: Final = "mail-server"

SERVICES: Final = (MAIL_SERVER,)
