"""Health of the machine and of this process: memory, processors, disk, event loop."""

import asyncio
import os
import resource
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import Struct

from fullhouse.observability.limits import (
    DISK_FREE_SHARE_DEGRADED,
    LOAD_PER_PROCESSOR_MAX,
    LOOP_PAUSE_SECONDS_MAX,
    MEMORY_FREE_SHARE_DEGRADED,
    MEMORY_FREE_SHARE_UNHEALTHY,
)
from fullhouse.observability.metrics import MachineMetrics
from fullhouse.observability.model import HealthStatus, Measurement, judged, judged_below
from fullhouse.storage.limits import DISK_FREE_BYTES_MIN

_KIBIBYTE: Final = 1024
_MEMORY: Final = Path("/proc/meminfo")
_CGROUP: Final = Path("/sys/fs/cgroup")


class SystemFigures(Struct, frozen=True):
    """Bytes, and how many processes want a processor. Memory is the container's, if it has less."""

    memory_total: int
    memory_free: int
    memory_of_process: int
    processors: int
    load: float
    processor_seconds: float
    disk_total: int
    disk_free: int


@dataclass(frozen=True, slots=True)
class SystemHealth:
    """Reads the machine in a thread: a disk of the network may take its time."""

    folder: Path
    longest_pause: Callable[[], float] = lambda: 0.0
    """Of the event loop, in seconds; where something watches it."""
    metrics: MachineMetrics | None = None
    """Where figures are published; None where another does it."""

    async def measure(self) -> Sequence[Measurement]:
        pause = self.longest_pause()
        figures = await asyncio.to_thread(read_system, self.folder)
        if self.metrics is not None:
            _publish(self.metrics, figures)
        return (
            *system(figures),
            Measurement(
                "loop_pause", round(pause, 3), "s", judged(pause, degraded=LOOP_PAUSE_SECONDS_MAX)
            ),
        )


def _publish(metrics: MachineMetrics, figures: SystemFigures) -> None:
    metrics.memory_total.set(figures.memory_total)
    metrics.memory_free.set(figures.memory_free)
    metrics.processors.set(figures.processors)
    metrics.load.set(figures.load)
    metrics.disk_total.set(figures.disk_total)
    metrics.disk_free.set(figures.disk_free)
    metrics.memory_taken.set(figures.memory_of_process)
    metrics.processor_time(figures.processor_seconds)


def system(figures: SystemFigures) -> Sequence[Measurement]:
    free = figures.memory_free / figures.memory_total if figures.memory_total else 1.0
    load = figures.load / figures.processors
    disk_share = figures.disk_free / figures.disk_total
    is_full = figures.disk_free < DISK_FREE_BYTES_MIN
    return (
        Measurement("memory_total", figures.memory_total, "B"),
        Measurement(
            "memory_free",
            figures.memory_free,
            "B",
            judged_below(
                free,
                degraded=MEMORY_FREE_SHARE_DEGRADED,
                unhealthy=MEMORY_FREE_SHARE_UNHEALTHY,
            ),
        ),
        Measurement("memory_of_process", figures.memory_of_process, "B"),
        Measurement("processors", figures.processors),
        Measurement(
            "load", round(figures.load, 2), status=judged(load, degraded=LOAD_PER_PROCESSOR_MAX)
        ),
        Measurement("processor_seconds", round(figures.processor_seconds, 1), "s"),
        Measurement("disk_total", figures.disk_total, "B"),
        Measurement(
            "disk_free",
            figures.disk_free,
            "B",
            HealthStatus.UNHEALTHY
            if is_full
            else judged_below(disk_share, degraded=DISK_FREE_SHARE_DEGRADED),
        ),
    )


def read_system(folder: Path) -> SystemFigures:
    """The figures of now; `folder` is where data are kept, or will be."""
    existing = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    disk = shutil.disk_usage(existing)
    total, free = memory_of_machine()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return SystemFigures(
        memory_total=total,
        memory_free=free,
        memory_of_process=_memory_of_process(),
        processors=len(os.sched_getaffinity(0)),
        load=os.getloadavg()[0],
        processor_seconds=used.ru_utime + used.ru_stime,
        disk_total=disk.total,
        disk_free=disk.free,
    )


def memory_of_machine() -> tuple[int, int]:
    """The bytes in all and those that are left; zeros where the system does not say.

    Of a container that may have less than the machine, its own.
    """
    try:
        told = _fields(_MEMORY.read_text(encoding="ascii"))
    except OSError:
        return 0, 0
    total, free = told["MemTotal"] * _KIBIBYTE, told["MemAvailable"] * _KIBIBYTE
    limit, used = _number(_CGROUP / "memory.max"), _number(_CGROUP / "memory.current")
    if limit is None or used is None or limit > total:
        return total, free
    return limit, min(free, max(0, limit - used))


def _memory_of_process() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTE
    return pages * os.sysconf("SC_PAGE_SIZE")


def _fields(text: str) -> Mapping[str, int]:
    """`MemTotal:  16 kB` by its name."""
    pairs = (line.split(":") for line in text.splitlines())
    return {name: int(rest.split()[0]) for name, rest in pairs}


def _number(file: Path) -> int | None:
    """What a file of the control group says; None for `max`, and where there is none."""
    try:
        text = file.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None
