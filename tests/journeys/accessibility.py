"""What axe finds wrong in a page."""

from collections.abc import Mapping
from typing import Final

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Page

WCAG: Final = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
BEST_PRACTICES: Final = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag22aa", "best-practice"]},
    "rules": {
        "label-content-name-mismatch": {"enabled": True},
        "color-contrast-enhanced": {"enabled": False},
    },
}
_RUN: Final = """async (options) => {
  const { violations } = await axe.run({ ...options, resultTypes: ["violations"] });
  return violations.map(({ id, help, nodes }) =>
    [id, help, ...nodes.map((it) => `${it.html} ${it.failureSummary}`)].join("\\n"));
}"""
"""What is well takes as long to describe and to send as what is wrong, and nobody reads it."""


def violations(page: Page, options: Mapping[str, object] | None = None) -> list[str]:
    """Each rule that the page breaks, with where; by all rules unless `options` choose some."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(_RUN, options or {})
    return found
