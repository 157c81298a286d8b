"""The verdict of a siege: each planted bad figure turns it red, and says why."""

import msgspec
import pytest

from fullhouse.capacity.siege.attack import AttackResult
from fullhouse.capacity.siege.guest import GuestResult, Visit, experience_of
from fullhouse.capacity.siege.memory import MemoryUse
from fullhouse.capacity.siege.report import AttackReport, Refusals, SiegeReport

QUICK = experience_of([Visit(0.002, 200)] * 200)
GUESTS = GuestResult(availability=QUICK, bookings=QUICK, livez=QUICK, acknowledged=40)
ATTACKERS = AttackResult(
    connections=100, closed=90, statuses={200: 5, 429: 70, 503: 10}, seconds=8, refused_p99_ms=1,
    acknowledged=2, goodput=950,
)  # fmt: skip
HELD = AttackReport(
    name="overload-1000",
    statement="1,000 customers book",
    runbook="ledger-queue-full",
    guests=GUESTS,
    attackers=ATTACKERS,
    refusals=Refusals(per_second=10, p99_ms=3),
    memory=MemoryUse(before=100, peak=150, after=120),
    web_processes=1,
    recovery_seconds=0.4,
    acknowledged=42,
    stored=43,
    best_per_second=1_000,
)
SLOW = experience_of([Visit(0.002, 200)] * 190 + [Visit(0.150, 201)] * 10)
UNSERVED = experience_of([Visit(0.002, 200)] * 190 + [Visit(0.001, 503)] * 8 + [Visit(5.0, 0)] * 2)


def test_attack_within_all_bounds_held() -> None:
    assert HELD.gave_way == []
    report = SiegeReport(seconds=8, calm={}, attacks=[HELD], broken_rules=[])
    assert report.ok
    assert msgspec.json.decode(msgspec.json.encode(report.to_dict()))["ok"]


@pytest.mark.parametrize(
    ("planted", "sentence"),
    [
        (
            {"guests": msgspec.structs.replace(GUESTS, bookings=UNSERVED), "best_per_second": None},
            "only 95.0% of the guests were served, 8 were refused",
        ),
        (
            {
                "guests": msgspec.structs.replace(GUESTS, availability=UNSERVED),
                "best_per_second": None,
            },
            "only 95.0% of the guests were served, 8 were refused",
        ),
        ({"best_per_second": 1_100.0}, "86% of the best rate were booked"),
        ({"guests": msgspec.structs.replace(GUESTS, livez=SLOW)}, "/livez took 150 ms"),
        ({"guests": msgspec.structs.replace(GUESTS, livez=UNSERVED)}, "/livez took 5000 ms"),
        ({"refusals": Refusals(per_second=10, p99_ms=25)}, "refusals took 25 ms"),
        ({"recovery_seconds": 3.5}, "it took 3.5 s to recover"),
        ({"memory": MemoryUse(before=100, peak=300, after=120)}, "memory grew by 200 MiB"),
        (
            {"attackers": msgspec.structs.replace(ATTACKERS, statuses={500: 3})},
            "3 requests were answered with 500",
        ),
        ({"stored": 40}, "2 acknowledged bookings are lost"),
        ({"held_share": 0.5}, "one guest held 50% of a season"),
        ({"mails": 11}, "11 e-mails went to one address"),
    ],
)
def test_planted_figure_gives_way(planted: dict[str, object], sentence: str) -> None:
    attack = msgspec.structs.replace(HELD, **planted)
    assert len(attack.gave_way) == 1
    assert attack.gave_way[0].startswith(sentence)
    report = SiegeReport(seconds=8, calm={}, attacks=[HELD, attack], broken_rules=[])
    assert not report.ok
    assert report.to_dict()["ok"] is False


def test_broken_rule_of_the_book_gives_way() -> None:
    report = SiegeReport(seconds=8, calm={}, attacks=[HELD], broken_rules=["No slot is oversold"])
    assert not report.ok


def test_memory_is_bounded_for_each_web_process() -> None:
    memory = MemoryUse(before=100, peak=400, after=400)
    assert msgspec.structs.replace(HELD, memory=memory, web_processes=2).gave_way == []


def test_server_that_does_not_recover_is_told_apart() -> None:
    assert HELD.has_recovered
    assert not msgspec.structs.replace(HELD, recovery_seconds=30.2).has_recovered


def test_experience_counts_the_unserved_as_the_longest_wait() -> None:
    assert (UNSERVED.sent, UNSERVED.served, UNSERVED.refused) == (200, 190, 8)
    assert UNSERVED.p50_ms == pytest.approx(2)
    assert UNSERVED.p99_ms == pytest.approx(5_000)
    assert experience_of([Visit(0.001, 500)]).p50_ms == pytest.approx(5_000)
