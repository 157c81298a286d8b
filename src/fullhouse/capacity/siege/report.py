"""The result of a siege: what each attack did to honest guests, and which limits failed."""

import msgspec

from fullhouse.capacity.limits import (
    SIEGE_GOODPUT_MIN,
    SIEGE_HELD_SHARE_MAX,
    SIEGE_LIVEZ_P99_MS_MAX,
    SIEGE_MAILS_MAX,
    SIEGE_MEMORY_GROWTH_MIB_MAX,
    SIEGE_RECOVERY_SECONDS_MAX,
    SIEGE_REFUSAL_P99_MS_MAX,
    SIEGE_SERVED_MIN,
    SIEGE_WAIT_SECONDS_MAX,
)
from fullhouse.capacity.siege.attack import AttackResult
from fullhouse.capacity.siege.guest import GuestResult
from fullhouse.capacity.siege.memory import MemoryUse


class Refusals(msgspec.Struct, frozen=True):
    """How many requests were refused each second, and how long that took."""

    per_second: float
    p99_ms: float


class AttackReport(msgspec.Struct, frozen=True, kw_only=True):
    """One attack, and what it did."""

    name: str
    statement: str
    runbook: str
    guests: GuestResult
    attackers: AttackResult
    refusals: Refusals
    memory: MemoryUse
    web_processes: int
    recovery_seconds: float
    acknowledged: int
    stored: int
    """Bookings stored during the attack."""
    best_per_second: float | None = None
    """The best rate of the same run, where more customers come than can be served."""
    held_share: float = 0.0
    """Of the places of a season, by one guest."""
    mails: int = 0
    """E-mails to one address that did not ask for them."""

    @property
    def goodput_share(self) -> float | None:
        """Bookings a second as a share of the best rate."""
        if self.best_per_second is None or self.attackers.goodput is None:
            return None
        return self.attackers.goodput / self.best_per_second

    @property
    def has_recovered(self) -> bool:
        """Whether bookings took their usual time again, as long as somebody waited for it."""
        return self.recovery_seconds < SIEGE_WAIT_SECONDS_MAX

    @property
    def gave_way(self) -> list[str]:
        """Each bound that was not kept, as a sentence."""
        return [sentence for kept, sentence in self._bounds() if not kept]

    def _bounds(self) -> list[tuple[bool, str]]:
        guests, attackers, refusals = self.guests, self.attackers, self.refusals
        growth = self.memory.growth / self.web_processes
        served = min(guests.availability.share, guests.bookings.share)
        share = self.goodput_share
        best = "unknown" if share is None else f"{share:.0%}"
        return [
            (
                share is not None or served >= SIEGE_SERVED_MIN,
                f"only {served:.1%} of the guests were served, {guests.refused} were refused",
            ),
            (share is None or share >= SIEGE_GOODPUT_MIN, f"{best} of the best rate were booked"),
            (
                guests.livez.p99_ms <= SIEGE_LIVEZ_P99_MS_MAX,
                f"/livez took {guests.livez.p99_ms:.0f} ms",
            ),
            (
                refusals.p99_ms <= SIEGE_REFUSAL_P99_MS_MAX,
                f"refusals took {refusals.p99_ms:.0f} ms",
            ),
            (
                self.recovery_seconds <= SIEGE_RECOVERY_SECONDS_MAX,
                f"it took {self.recovery_seconds:.1f} s to recover",
            ),
            (
                growth <= SIEGE_MEMORY_GROWTH_MIB_MAX,
                f"memory grew by {growth:.0f} MiB in a web process",
            ),
            (
                attackers.server_errors == 0,
                f"{attackers.server_errors} requests were answered with 500",
            ),
            (
                self.stored >= self.acknowledged,
                f"{self.acknowledged - self.stored} acknowledged bookings are lost",
            ),
            (
                self.held_share <= SIEGE_HELD_SHARE_MAX,
                f"one guest held {self.held_share:.0%} of a season",
            ),
            (self.mails <= SIEGE_MAILS_MAX, f"{self.mails} e-mails went to one address"),
        ]


class SiegeReport(msgspec.Struct, frozen=True):
    """One run of the siege."""

    seconds: float
    calm: dict[str, GuestResult]
    """What guests met before the attacks, with the usual and with raised rate limits."""
    attacks: list[AttackReport]
    broken_rules: list[str]
    """Consistency rules that are broken at the end."""

    @property
    def ok(self) -> bool:
        """No attack succeeded."""
        return not self.broken_rules and not any(attack.gave_way for attack in self.attacks)

    def to_dict(self) -> dict[str, object]:
        """The report as JSON values: the verdicts by name, and every measurement behind them."""
        attacks = [
            msgspec.to_builtins(attack)
            | {"goodput_share": attack.goodput_share, "gave_way": attack.gave_way}
            for attack in self.attacks
        ]
        return {"ok": self.ok, **msgspec.to_builtins(self), "attacks": attacks}
