"""The web process: `uvicorn --factory fullhouse.entrypoints.asgi:create_app`.

Proxies are trusted by the setting `trusted_proxies` alone: start uvicorn with
`proxy_headers=False`, or any client on this machine may claim another address.
"""

from fullhouse.entrypoints.asgi.lifespan import WebProcess
from fullhouse.settings import Settings


def create_app() -> WebProcess:
    """The application of a web process. Reads the environment; opens nothing yet."""
    return WebProcess(Settings())
