"""How far an installation may optimise itself: a setting, so it loads no library."""

import enum


class OptimisationMode(enum.StrEnum):
    """How far the installation may go by itself: the setting `FULLHOUSE_OPTIMISE`."""

    OFF = "off"
    """It proposes nothing and changes nothing."""
    PROPOSE = "propose"
    """It proposes, and does what an operator asks for."""
    ACT = "act"
    """It tries what it proposes, and keeps what helps."""
