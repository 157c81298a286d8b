"""A connection as the product has it for one organisation: in the role that owns nothing."""

from uuid import UUID

import asyncpg

from fullhouse.storage.connection import TENANT_ROLE


async def show_rows_of(connection: asyncpg.Connection, organisation: UUID) -> None:
    """Show the rows of this organisation alone, for the rest of the transaction."""
    await connection.execute(f"SET LOCAL ROLE {TENANT_ROLE}")
    await connection.execute(f"SET LOCAL fullhouse.organisation = '{organisation}'")
