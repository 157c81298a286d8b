"""The embedded PostgreSQL: one process owns a data folder and runs its server, others attach."""

from fullhouse.storage.embedded.lifecycle import (
    attached_server,
    database_at,
    default_data_dir,
    embedded_server,
    ensure_data_dir,
)
from fullhouse.storage.embedded.server import EmbeddedServer

__all__ = [
    "EmbeddedServer",
    "attached_server",
    "database_at",
    "default_data_dir",
    "embedded_server",
    "ensure_data_dir",
]
