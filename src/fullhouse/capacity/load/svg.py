"""SVG elements and the colours of figures that are used on their own.

A figure carries its own styles, so that it looks the same in a page, in a file and on paper; it
follows the light or dark theme of the reader.
"""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

Point = tuple[float, float]
"""Across from the left and down from the top, in the figure's own units."""

STYLES = """
svg { --paper: #fbf9f4; --ink: #1f1c14; --muted: #6b6557; --line: #e6e0d2; --accent: #b45309;
  --good: #2d794c; --warn: #b7791f; --bad: #b42318; background: var(--paper); }
@media (prefers-color-scheme: dark) { svg { --paper: #14130f; --ink: #f1ede2; --muted: #a8a190;
  --line: #322e25; --accent: #f0a33a; --good: #6fbf8b; --warn: #d9a441; --bad: #ef7a6d; } }
text { font: 13px system-ui, sans-serif; fill: var(--ink); font-variant-numeric: tabular-nums; }
.heading { font: 21px ui-serif, "Iowan Old Style", Georgia, serif; }
.muted { fill: var(--muted); }
.right { text-anchor: end; }
.middle { text-anchor: middle; }
.grid { stroke: var(--line); stroke-width: 1; }
.base { stroke: var(--muted); stroke-width: 1; }
.bar { fill: var(--line); }
.answered { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.answered-name { fill: var(--accent); }
.quantile { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 2 3; }
.success { fill: var(--good); fill-opacity: 0.55; }
.refusal { fill: none; stroke: var(--warn); stroke-width: 1.5; }
.error, .timeout { fill: none; stroke: var(--bad); stroke-width: 2; }
.success-name { fill: var(--good); } .refusal-name { fill: var(--warn); }
.error-name { fill: var(--bad); }
"""


def figure(width: int, height: int, *, title: str, description: str) -> Element:
    """An empty figure with title and description for screen readers."""
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width} {height}",
            "role": "img",
            "aria-labelledby": "title description",
        },
    )
    SubElement(svg, "title", {"id": "title"}).text = title
    SubElement(svg, "desc", {"id": "description"}).text = description
    SubElement(svg, "style").text = STYLES
    return svg


def text(parent: Element, at: Point, content: str, *, kind: str = "") -> None:
    SubElement(parent, "text", _attributes(kind, x=at[0], y=at[1])).text = content


def line(parent: Element, start: Point, end: Point, *, kind: str) -> None:
    coordinates = _attributes(kind, x1=start[0], y1=start[1], x2=end[0], y2=end[1])
    SubElement(parent, "line", coordinates)


def bar(parent: Element, corner: Point, size: Point, *, kind: str) -> None:
    coordinates = _attributes(kind, x=corner[0], y=corner[1], width=size[0], height=size[1])
    SubElement(parent, "rect", coordinates)


def dot(parent: Element, at: Point, *, kind: str) -> None:
    """A disc, a ring for `refusal`, a cross for `error` and `timeout`: never colour alone."""
    if kind in {"error", "timeout"}:
        path = f"M{at[0] - 4:.1f} {at[1] - 4:.1f}l8 8m0 -8l-8 8"
        SubElement(parent, "path", {"class": kind, "d": path})
    else:
        SubElement(parent, "circle", _attributes(kind, cx=at[0], cy=at[1], r=3))


def steps(parent: Element, points: list[Point], *, kind: str) -> None:
    """A line through the points."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    SubElement(parent, "polyline", {"class": kind, "points": path})


def as_text(root: Element) -> str:
    indent(root, space=" ")
    return tostring(root, encoding="unicode") + "\n"


def _attributes(kind: str, **coordinates: float) -> dict[str, str]:
    attributes = {name: f"{value:.1f}" for name, value in coordinates.items()}
    return attributes | ({"class": kind} if kind else {})
