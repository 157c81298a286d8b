"""The PostgreSQL that comes along: started on a data folder of its own, stopped at the end.

One process owns a data folder at a time. Commands beside a running server attach to it.
"""

from fullhouse.storage.embedded.lending import (
    attached_server,
    database_at,
    default_data_dir,
    embedded_server,
)
from fullhouse.storage.embedded.server import EmbeddedServer

__all__ = [
    "EmbeddedServer",
    "attached_server",
    "database_at",
    "default_data_dir",
    "embedded_server",
]
