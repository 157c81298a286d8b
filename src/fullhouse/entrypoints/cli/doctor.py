"""`fullhouse doctor`: check the installation and explain each failure."""

import os
import resource
import sys

import typer

from fullhouse.bootstrap.checks.database import check_database
from fullhouse.bootstrap.checks.machine import (
    check_data_folder,
    check_files,
    check_python,
    check_settings,
)
from fullhouse.bootstrap.checks.network import (
    check_address,
    check_certificate,
    check_dkim,
    check_mail,
    check_public_address,
    check_redis,
)
from fullhouse.bootstrap.checks.receivers import check_receivers
from fullhouse.bootstrap.checks.results import (
    CheckResult,
    CheckStatus,
    failed,
    format_results,
)
from fullhouse.bootstrap.checks.secrets import check_keys
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.invalid_settings import InvalidSettings
from fullhouse.kernel.clock import SystemClock
from fullhouse.settings import Settings
from fullhouse.storage.embedded import default_data_dir


def doctor(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check this installation and explain each problem.

    Settings, versions, open files, mail server (connects and signs in, sends nothing), published
    key of e-mails, Redis, addresses, certificate, disk, encryption keys, database, durable commits,
    clock, tables, indexes, vacuum, time zones, backups, jobs and services. Works beside a running
    server and changes nothing. Exit status 0 means that no check failed.
    """
    try:
        results = run_async(run_checks(settings_with(data_dir=data_dir)))
    except InvalidSettings as error:
        results = [failed("settings", line) for line in error.detail.splitlines()]
    ok = all(result.status is not CheckStatus.FAILED for result in results)
    print_result({"ok": ok, "checks": results}, as_json=as_json, text=format_results(results))
    if not ok:
        raise typer.Exit(1)


async def run_checks(settings: Settings) -> list[CheckResult]:
    """Run all checks, the database last."""
    data_dir = settings.data_dir or default_data_dir()
    smtp_url, redis_url = settings.smtp_url, settings.redis_url
    results = [
        check_settings(os.environ),
        check_python(sys.version_info[:2]),
        check_files(*resource.getrlimit(resource.RLIMIT_NOFILE)),
        await check_mail(None if smtp_url is None else smtp_url.get_secret_value()),
        await check_address(settings.host, settings.port),
        await check_public_address(settings),
    ]
    if redis_url is not None:
        results.append(await check_redis(redis_url.get_secret_value()))
    signed = await check_dkim(settings)
    if signed is not None:
        results.append(signed)
    certificate = await check_certificate(settings, SystemClock())
    if certificate is not None:
        results.append(certificate)
    results.extend(await check_receivers(settings))
    results.extend((check_data_folder(data_dir), check_keys(settings)))
    return [*results, *await check_database(settings, SystemClock())]
