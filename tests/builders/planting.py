"""Bugs planted in the ledger's own functions: a checker that cannot find them is none."""

import asyncpg


async def plant(database_url: str, right: str, wrong: str) -> None:
    """Replace words of the ledger in this database, and take away the net below them."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("ALTER TABLE slot DROP CONSTRAINT IF EXISTS slot_never_oversold")
        rows = await connection.fetch(
            "SELECT pg_get_functiondef(oid) AS source FROM pg_proc WHERE proname LIKE 'ledger_%'"
        )
        broken = [row["source"].replace(right, wrong) for row in rows if right in row["source"]]
        assert broken, f"the ledger no longer says {right!r}"
        for source in broken:
            await connection.execute(source)
    finally:
        await connection.close()
