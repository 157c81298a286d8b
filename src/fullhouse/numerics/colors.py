"""An organisation's accent color, corrected to enough contrast (WCAG 2.2, 1.4.3)."""

from dataclasses import dataclass
from typing import Final

CONTRAST_MIN: Final = 4.5
_STEPS: Final = 40

Color = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Grounds:
    """What text in the accent stands on, in one theme: see `fullhouse.css`."""

    plain: tuple[Color, ...]
    soft_share: float
    """How much of the first plain ground is in the soft one."""

    def soft(self, color: Color) -> Color:
        """The ground that is tinted with the accent."""
        return mix(color, self.plain[0], self.soft_share)


DAY: Final = Grounds(((0xFB, 0xF9, 0xF4), (0xF5, 0xF1, 0xE7)), 0.92)
NIGHT: Final = Grounds(((0x1D, 0x1B, 0x16),), 0.85)


def accent_css(accent: str) -> str:
    """The stylesheet that sets the accent in both themes; empty when it is no color `#rrggbb`."""
    color = parse(accent)
    if color is None:
        return ""
    day, night = readable(color, on=DAY), readable(color, on=NIGHT)
    at_night = (
        f"--accent:{spell(night)};--on-accent:{ink_on(night)};"
        f"--accent-soft:{spell(NIGHT.soft(night))}"
    )
    return (
        f":root{{--accent:{spell(day)};--on-accent:{ink_on(day)};"
        f"--accent-soft:{spell(DAY.soft(day))}}}"
        f'@media(prefers-color-scheme:dark){{:root:not([data-theme="light"]){{{at_night}}}}}'
        f':root[data-theme="dark"]{{{at_night}}}'
    )


def readable(color: Color, *, on: Grounds) -> Color:
    """Darken or lighten the color until its contrast suffices, also on its own soft ground."""
    is_day = luminance(on.plain[0]) > luminance((119, 119, 119))
    toward: Color = (0, 0, 0) if is_day else (255, 255, 255)
    for step in range(_STEPS + 1):
        candidate = mix(color, toward, step / _STEPS)
        grounds = (*on.plain, on.soft(candidate))
        if all(contrast(candidate, ground) >= CONTRAST_MIN for ground in grounds):
            return candidate
    return toward


def ink_on(color: Color) -> str:
    """White or dark ink: the one with more contrast on the color."""
    dark: Color = (0x14, 0x13, 0x0F)
    return "#ffffff" if contrast((255, 255, 255), color) >= contrast(dark, color) else spell(dark)


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(color: Color) -> float:
    """Relative luminance of an sRGB color."""
    red, green, blue = (_linear(part / 255) for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mix(one: Color, other: Color, share: float) -> Color:
    """Blend two colors; `share` is the part of the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def parse(text: str) -> Color | None:
    digits = text.removeprefix("#")
    if len(digits) != 6 or not all(c in "0123456789abcdefABCDEF" for c in digits):  # noqa: PLR2004 - rrggbb
        return None
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue


def spell(color: Color) -> str:
    return "#" + bytes(color).hex()


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own constants
