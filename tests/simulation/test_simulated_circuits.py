"""Processes that share a circuit keep its promises in every order and through every failure."""

from collections.abc import Callable

import msgspec
import pytest
from tests.simulation.circuit_world import BrokenPromise, circuit_world
from tests.simulation.virtual_loop import simulate, simulate_all

from fullhouse.resilience.breaker import CircuitBreaker, _Permit
from fullhouse.resilience.circuits import Circuit, LocalCircuits


@pytest.mark.timeout(120)
def test_circuits_keep_their_promises_in_every_order() -> None:
    simulate_all(1_200, circuit_world)


def test_the_same_seed_gives_the_same_run() -> None:
    assert simulate(11, circuit_world) == simulate(11, circuit_world)
    assert simulate(11, circuit_world) != simulate(12, circuit_world)


def count_late_results(patch: pytest.MonkeyPatch) -> None:
    judge = CircuitBreaker._judge

    def judge_all(
        self: CircuitBreaker, permit: _Permit, began: float, *, failed: bool = False
    ) -> Circuit | None:
        return judge(self, self._permit or self._probe or permit, began, failed=failed)

    patch.setattr(CircuitBreaker, "_judge", judge_all)


def probe_without_a_lease(patch: pytest.MonkeyPatch) -> None:
    async def probe(self: CircuitBreaker) -> _Permit:
        if self.is_held():
            return await lease(self)
        self._probe = _Permit()
        return self._probe

    lease = CircuitBreaker._lease_probe
    patch.setattr(CircuitBreaker, "_lease_probe", probe)


def change_without_a_generation(patch: pytest.MonkeyPatch) -> None:
    change = LocalCircuits.change

    async def overwrite(self: LocalCircuits, circuit: Circuit) -> Circuit | None:
        stored, _ = self._circuits.get(circuit.name, (circuit, 0.0))
        return await change(self, msgspec.structs.replace(circuit, generation=stored.generation))

    patch.setattr(LocalCircuits, "change", overwrite)


def lease_although_another_was_faster(patch: pytest.MonkeyPatch) -> None:
    share = CircuitBreaker._share

    async def share_and_go_on(self: CircuitBreaker, circuit: Circuit) -> bool:
        await share(self, circuit)
        return True

    patch.setattr(CircuitBreaker, "_share", share_and_go_on)


def keep_to_itself_what_nobody_heard(patch: pytest.MonkeyPatch) -> None:
    async def publish(_self: CircuitBreaker) -> None:
        return

    patch.setattr(CircuitBreaker, "publish", publish)


def read_only_what_is_notified(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("fullhouse.resilience.breakers.CIRCUITS_READ_SECONDS", 10_000.0)


def never_open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CircuitBreaker, "_reason_to_open", lambda _self, _now: "")


def open_at_the_first_failure(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CircuitBreaker, "_reason_to_open", lambda self, _now: "x" * self._window.failed)


@pytest.mark.parametrize(
    "plant",
    [
        count_late_results,
        probe_without_a_lease,
        change_without_a_generation,
        lease_although_another_was_faster,
        keep_to_itself_what_nobody_heard,
        read_only_what_is_notified,
        never_open,
        open_at_the_first_failure,
    ],
)
def test_a_planted_bug_is_found(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    plant(monkeypatch)
    with pytest.raises(BrokenPromise) as found:
        simulate_all(500, circuit_world)
    assert found.value.__notes__[0].startswith("Seed ")
