"""The web process: `uvicorn --factory fullhouse.entrypoints.asgi:create_app`.

Proxies are trusted by the setting `trusted_proxies` alone: start uvicorn with
`proxy_headers=False`, or any client on this machine may claim another address.
"""

from functools import partial

from fullhouse.bootstrap.logging import configured_logging
from fullhouse.entrypoints.asgi.site import open_site
from fullhouse.http.server.web_process import WebProcess
from fullhouse.settings import Settings


def create_app() -> WebProcess:
    """The application of a web process. Reads the environment; opens nothing yet."""
    settings = Settings()
    return WebProcess(partial(open_site, settings), partial(configured_logging, settings))
