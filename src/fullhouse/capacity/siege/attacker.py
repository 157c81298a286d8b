"""The attackers' process: `python -m fullhouse.capacity.siege.attacker '<plan as JSON>'`."""

import sys
from typing import Final

import msgspec
import uvloop

from fullhouse.capacity.bench.overload_client import allow_files
from fullhouse.capacity.siege.attack import Attack, Attackers, AttackPlan, AttackResult
from fullhouse.capacity.siege.connections import CONNECTION_ATTACKS
from fullhouse.capacity.siege.guests import GUEST_ATTACKS
from fullhouse.capacity.siege.heads import HEAD_ATTACKS
from fullhouse.capacity.siege.overload import OVERLOAD_ATTACKS
from fullhouse.capacity.siege.queries import QUERY_ATTACKS
from fullhouse.capacity.siege.tenants import TENANT_ATTACKS

ATTACKS: Final[dict[str, Attack]] = {
    attack.name: attack
    for attack in (
        *CONNECTION_ATTACKS,
        *HEAD_ATTACKS,
        *GUEST_ATTACKS,
        *QUERY_ATTACKS,
        *TENANT_ATTACKS,
        *OVERLOAD_ATTACKS,
    )
}
"""All attacks by name, in the order in which they are played."""
_FILES: Final = 8_192


async def play(plan: AttackPlan) -> AttackResult:
    """Play one attack for its time."""
    return await Attackers(plan).play(ATTACKS[plan.attack].play)


if __name__ == "__main__":
    _plan = msgspec.json.decode(sys.argv[1], type=AttackPlan)
    allow_files(_FILES)
    sys.stdout.write(msgspec.json.encode(uvloop.run(play(_plan))).decode() + "\n")
