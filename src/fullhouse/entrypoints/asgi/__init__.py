"""The door of the web process: `uvicorn --factory fullhouse.entrypoints.asgi:create_app`.

Proxies are believed by the setting `trusted_proxies` alone: start uvicorn with
`proxy_headers=False`, or any client on this machine may claim to be another.
"""

from fullhouse.entrypoints.asgi.lifetime import WebProcess
from fullhouse.settings import Settings


def create_app() -> WebProcess:
    """The application of a worker process; reads the environment, and opens nothing yet."""
    return WebProcess(Settings())
