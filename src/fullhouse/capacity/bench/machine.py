"""The machine that was measured, and proof that the database was durable."""

import asyncio
import os
import platform
from pathlib import Path

from fullhouse.capacity.bench.environment import BenchEnvironment
from fullhouse.capacity.bench.programs import BenchmarkFailed
from fullhouse.storage.connection import connect

_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
_GIB = 1 << 30


async def describe_machine(environment: BenchEnvironment) -> dict[str, str]:
    """Hardware, versions and load; raises `BenchmarkFailed` when commits are not durable."""
    connection = await connect(environment.url, application_name="fullhouse bench")
    try:
        for setting in _DURABLE:
            if await connection.fetchval("SELECT current_setting($1)", setting) != "on":
                detail = f"{setting} is off: the measurement would be worthless"
                raise BenchmarkFailed(detail)
        version = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    return {
        "processor": await asyncio.to_thread(_processor),
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": f"{version}, {', '.join(_DURABLE)} on",
        "load_before": f"{os.getloadavg()[0]:.2f}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
