"""The colors of the pages: every text on every ground has enough contrast, in both themes."""

import re
from collections.abc import Mapping
from typing import Final

import pytest

from fullhouse.entrypoints.web.render import static_folder
from fullhouse.numerics.colors import (
    CONTRAST_MIN,
    DAY,
    NIGHT,
    Color,
    contrast,
    mix,
    parse,
    readable,
)

GRAPHIC_MIN: Final = 3.0
"""Of icons and borders that mean something (WCAG 2.2, 1.4.11)."""
TEXTS: Final = ("ink", "muted", "accent", "good", "bad", "info")
PLAIN: Final = ("paper", "surface", "sunken")
SOFT: Final = ("accent-soft", "good-soft", "warn-soft", "bad-soft", "info-soft")
HOVERED: Final = 0.12
"""How much ink is in the main button under the pointer."""


def themes() -> Mapping[str, Mapping[str, Color]]:
    """The colors by their names, as the style sheet has them."""
    css = (static_folder() / "fullhouse.css").read_text()
    found = []
    for block in re.findall(r"{([^{}]*--paper:[^{}]*)}", css):
        tokens = re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)
        colors = ((name, parse(spelt)) for name, spelt in tokens)
        found.append({name: color for name, color in colors if color is not None})
    day, by_the_system, chosen, *_print = found
    assert by_the_system == chosen, "the dark theme is one, however it was chosen"
    return {"light": day, "dark": chosen}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_is_readable_on_every_ground(theme: str) -> None:
    colors = themes()[theme]
    for text in TEXTS:
        for ground in (*PLAIN, *SOFT):
            assert contrast(colors[text], colors[ground]) >= CONTRAST_MIN, (text, ground)
    hovered = mix(colors["accent"], colors["ink"], HOVERED)
    assert contrast(colors["on-accent"], colors["accent"]) >= CONTRAST_MIN
    assert contrast(colors["on-accent"], hovered) >= CONTRAST_MIN
    for ground in (*PLAIN, "warn-soft"):
        assert contrast(colors["warn"], colors[ground]) >= GRAPHIC_MIN, ground
    for ground in PLAIN:
        assert contrast(colors["edge"], colors[ground]) >= GRAPHIC_MIN, ground


def test_accents_of_businesses_are_made_for_the_grounds_of_the_pages() -> None:
    light, dark = themes()["light"], themes()["dark"]
    assert set(DAY.plain) <= {light[name] for name in PLAIN}
    assert set(NIGHT.plain) <= {dark[name] for name in PLAIN}
    for colors, grounds in ((light, DAY), (dark, NIGHT)):
        accent = readable((0x77, 0x77, 0x77), on=grounds)
        for ground in PLAIN:
            assert contrast(accent, colors[ground]) >= CONTRAST_MIN
