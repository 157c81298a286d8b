from datetime import timedelta

import pytest
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.types import QueueEntrypoint, QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries

from fullhouse.jobs.effects import EffectRequest, enqueue
from fullhouse.kernel.ids import OrgId, RandomIds
from fullhouse.storage.connection import connect
from fullhouse.storage.database import Database

pytestmark = pytest.mark.on_both_servers


async def test_the_migrated_schema_is_what_the_installed_pgqueuer_wants(database_url: str) -> None:
    connection = await connect(database_url, application_name="test")
    plan = await Queries(AsyncpgDriver(connection)).plan_upgrade()
    await connection.close()
    assert plan.statements == ()
    assert plan.notes == ()


async def test_a_job_that_we_enqueue_is_one_that_pgqueuer_takes(
    database: Database, database_url: str, ids: RandomIds
) -> None:
    org_id = OrgId(ids.uuid())
    async with database.transaction() as session:
        request = EffectRequest(org_id, "greet/1", "greet", ids.uuid(), ids.uuid())
        assert await enqueue(session, [request, request]) == 1
    connection = await connect(database_url, application_name="test")
    (job,) = await Queries(AsyncpgDriver(connection)).dequeue(
        batch_size=10,
        entrypoints={QueueEntrypoint("greet"): EntrypointExecutionParameter(concurrency_limit=0)},
        queue_manager_id=QueueManagerId(ids.uuid()),
        global_concurrency_limit=None,
        heartbeat_timeout=timedelta(seconds=30),
    )
    await connection.close()
    assert job.payload == f"{org_id}/greet/1".encode()
