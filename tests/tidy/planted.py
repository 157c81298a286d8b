"""A planted violation for each check, and the corrected version beside it.

A check that cannot fail is a defect, so each check must fail on the first and pass on the second.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.tidy import (
    care,
    documents,
    licences,
    limits,
    naming,
    packages,
    shape,
    sql,
    translations,
    wiring,
)
from tests.tidy.tree import Tree, Violation

Check = Callable[[Tree], Iterator[Violation]]

PRODUCT = "src/fullhouse/booking/thing.py"
TEST = "tests/unit/test_thing.py"
PROBLEMS = wiring.PROBLEMS.as_posix()
QUERIES = "src/fullhouse/booking/queries/slots.sql"
LIMITS = "src/fullhouse/booking/limits.py"
MIGRATION = "src/fullhouse/booking/migrations/0001_slots.sql"
LEDGER = "src/fullhouse/booking/ledger/write.sql"
PEOPLE_QUERIES = "src/fullhouse/people/queries/keys.sql"
MESSAGES_QUERIES = "src/fullhouse/messages/queries/messages.sql"
IMPORT_ORDER = {
    "pyproject.toml": "[[tool.importlinter.contracts]]\nid = 'flow'\n"
    "layers = ['(messages)', 'booking | jobs', 'people']\n"
}
SLOTS = {MIGRATION: "CREATE TABLE slot (slot_id uuid);\n", **IMPORT_ORDER}
TEMPLATE = "src/fullhouse/entrypoints/web/templates/slot.html"
CATALOGUE = (translations.CATALOGUES / "de/LC_MESSAGES/fullhouse.po").as_posix()
EXTRACTION = {"babel.cfg": "[python: **.py]", "Makefile": "KEYWORDS := -k gettext_noop"}
TRANSLATED = 'msgid "Undo"\nmsgstr "Zurück"\n'

CHECK_COMMAND = (documents.COMMANDS / "check.py").as_posix()
SETTINGS = documents.SETTINGS.as_posix()
METRICS = "src/fullhouse/storage/metrics.py"
CONTRACTS = (
    "[[tool.importlinter.contracts]]\n"
    "id = 'inside-a-business-part'\n"
    "containers = ['fullhouse.booking']\n"
    "[[tool.importlinter.contracts]]\n"
    "id = 'without-business'\n"
    "forbidden_modules = ['fullhouse.{}']\n"
)
DEVELOPMENT = "[project]\ndependencies = []\n[dependency-groups]\ndev = [{}]\n"
ERRORS = (
    "class FullhouseError(Exception): code = 'error'\n"
    "class BookingError(FullhouseError): ...\n"
    "class SlotFull(BookingError): code = 'slot_full'\n"
)


@dataclass(frozen=True, slots=True)
class Planted:
    """Files that break one rule, and files that comply with it."""

    breaks: Mapping[str, str]
    keeps: Mapping[str, str]

    def plant(self, root: Path, files: Mapping[str, str]) -> Tree:
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Tree(root)


def _in(path: str, *, breaks: str, keeps: str) -> Planted:
    return Planted({path: breaks}, {path: keeps})


def _asvs_rows(verdict: str) -> str:
    """A document with that verdict on each row."""
    return "".join(f"| 1.1.{n} | 1 | x | {verdict} |\n" for n in range(documents.ASVS_ROWS))


def _parts(**lines: int) -> Mapping[str, str]:
    """A product whose parts have so many lines."""
    return {f"src/fullhouse/{part}/thing.py": "x = 1\n" * count for part, count in lines.items()}


def _function(*, lines: int) -> str:
    return (
        "CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $body$\n"
        + "-- a line\n" * (lines - 2)
        + "$body$;\n"
    )


PLANTED: Mapping[Check, Planted] = {
    shape.entrypoints_stay_thin: Planted(
        _parts(entrypoints=36, http=20, booking=22, storage=22),
        _parts(entrypoints=35, http=21, booking=22, storage=22),
    ),
    shape.no_part_dominates: Planted(
        _parts(entrypoints=30, http=22, booking=26, storage=22),
        _parts(entrypoints=35, http=20, booking=25, storage=20),
    ),
    shape.files_stay_short: _in(PRODUCT, breaks="x = 1\n" * 401, keeps="x = 1\n" * 400),
    shape.functions_stay_short: _in(
        PRODUCT,
        breaks="def long():\n" + "    x = 1\n" * 50,
        keeps="def long():\n" + "    x = 1\n" * 49,
    ),
    shape.calls_stay_readable: _in(
        PRODUCT,
        breaks="def place(slot, party, name, email): ...\n",
        keeps="class A:\n    def place(self, slot, party, name, *, email): ...\n",
    ),
    naming.file_names_have_meaning: Planted(
        {"src/fullhouse/booking/utils.py": ""}, {"src/fullhouse/booking/slots.py": ""}
    ),
    naming.names_have_meaning: _in(
        PRODUCT, breaks="class SlotManager: ...\n", keeps="from x import ContextManager as Door\n"
    ),
    naming.class_names_are_unique: Planted(
        {PRODUCT: "class Slot: ...\n", LIMITS: "class Slot: ...\n"},
        {PRODUCT: "class Slot: ...\n", LIMITS: "class TimeSlot: ...\n"},
    ),
    naming.test_names_are_sentences: _in(
        TEST,
        breaks="def test_slot(): assert x\n",
        keeps="def test_a_full_slot_refuses(): assert x\n",
    ),
    sql.sql_files_stay_short: _in(MIGRATION, breaks="SELECT 1;\n" * 401, keeps="SELECT 1;\n" * 400),
    sql.sql_functions_stay_short: Planted(
        {LEDGER: _function(lines=51)}, {LEDGER: _function(lines=50) + _function(lines=50)}
    ),
    sql.expand_migrations_only_add: Planted(
        {MIGRATION: "ALTER TABLE slot\n    DROP hue;\n"},
        {
            MIGRATION: "ALTER TABLE slot DROP CONSTRAINT slot_known; -- DROP TABLE slot\n",
            MIGRATION.replace(".sql", ".contract.sql"): "ALTER TABLE slot DROP hue;\n",
        },
    ),
    sql.writes_stay_in_their_part: Planted(
        {**SLOTS, PEOPLE_QUERIES: "-- name: x\nUPDATE slot SET capacity = 1;\n"},
        {
            **SLOTS,
            PEOPLE_QUERIES: "-- name: x\nSELECT FROM venue FOR UPDATE; -- UPDATE slot\n",
            QUERIES: "-- name: y\nUPDATE slot SET capacity = 1;\n",
        },
    ),
    sql.reads_point_down: Planted(
        {**SLOTS, PEOPLE_QUERIES: "-- name: x\nSELECT 1 FROM venue JOIN slot USING (org_id);\n"},
        {**SLOTS, MESSAGES_QUERIES: "-- name: x\nSELECT 1 FROM slot;\n"},
    ),
    limits.every_limit_is_enforced: Planted(
        {LIMITS: "PARTY_MAX = 8\nassert PARTY_MAX > 1\n", PRODUCT: "from x import PARTY_MAX\n"},
        {LIMITS: "PARTY_MAX = 8\n", PRODUCT: "x = min(y, PARTY_MAX)\n"},
    ),
    care.nothing_swallows_every_error: _in(
        PRODUCT,
        breaks="try:\n    x()\nexcept Exception:\n    y()\n",
        keeps="try:\n    x()\nexcept Exception:\n    y()\n    raise\n",
    ),
    care.log_lines_have_no_words_of_errors: _in(
        PRODUCT,
        breaks='_LOG.error("thing.failed", error=str(error))\n',
        keeps='_LOG.error("thing.failed", error=error)\n',
    ),
    care.log_events_are_stable_names: _in(
        PRODUCT,
        breaks='_LOG.info(f"slot {slot} was closed")\n',
        keeps='_LOG.info("slots.closed", slot=slot)\n',
    ),
    care.nothing_is_left_unfinished: _in(
        PRODUCT, breaks="x = 1  # TO" + "DO: the rest\n", keeps="x = 1  # the rest is done\n"
    ),
    care.modules_and_classes_have_docstrings: _in(
        PRODUCT,
        breaks='"""The thing that is booked."""\n\nclass Slot: ...\n',
        keeps='"""The thing that is booked."""\n\nclass Slot:\n    """A time with places."""\n',
    ),
    care.no_test_is_skipped: _in(
        TEST,
        breaks="@pytest.mark.skip\ndef test_it_is_all_well(): assert x\n",
        keeps="@pytest.mark.timeout(60)\ndef test_it_is_all_well(): assert x\n",
    ),
    care.tests_assert_something: _in(
        TEST,
        breaks="def test_it_is_all_well(): place()\n",
        keeps="def test_it_is_all_well():\n    with pytest.raises(SlotFull): place()\n",
    ),
    wiring.every_error_has_its_status: Planted(
        {PRODUCT: ERRORS, PROBLEMS: "from x import SlotFull\nSTATUS = {}\n"},
        {PRODUCT: ERRORS, PROBLEMS: "from x import SlotFull\nSTATUS = {SlotFull: 409}\n"},
    ),
    wiring.every_query_is_used: Planted(
        {PRODUCT: "", QUERIES: "-- name: slots_between\nSELECT 1;\n"},
        {PRODUCT: "x = 'booking.slots_between'", QUERIES: "-- name: slots_between\nSELECT 1;\n"},
    ),
    wiring.every_query_filters_by_organisation: _in(
        QUERIES,
        breaks="-- name: slot\nSELECT 1 FROM slot WHERE slot_id = :slot_id;\n",
        keeps=(
            "-- name: slot\nSELECT 1 FROM slot WHERE org_id = :org_id AND slot_id = :slot_id;\n"
            "-- name: slots\n-- Scope: every organisation. A job.\nSELECT 1 FROM slot;\n"
        ),
    ),
    wiring.every_query_that_runs_exists: Planted(
        {PRODUCT: "s.fetch('booking.slots', Row)", QUERIES: "-- name: slot\nSELECT 1;\n"},
        {PRODUCT: "s.fetch('booking.slot', Row)", QUERIES: "-- name: slot\nSELECT 1;\n"},
    ),
    wiring.every_rule_has_a_breaking_test: Planted(
        {PRODUCT: "RULES = (Rule(name='no_ghosts', statement='x'),)"},
        {PRODUCT: "RULES = (Rule(name='no_ghosts'),)", TEST: "BREAKS = {'no_ghosts': 'DELETE'}"},
    ),
    wiring.every_template_is_used: Planted(
        {PRODUCT: "", TEMPLATE: "<p>"}, {PRODUCT: "x = 'slot.html'", TEMPLATE: "<p>"}
    ),
    packages.every_business_part_is_under_its_contracts: Planted(
        {"pyproject.toml": CONTRACTS.format("people"), PRODUCT: ""},
        {"pyproject.toml": CONTRACTS.format("booking"), PRODUCT: ""},
    ),
    documents.documents_name_real_commands: Planted(
        {"README.md": "Type `fullhouse harvest`.", CHECK_COMMAND: ""},
        {"README.md": "Type `fullhouse check`.", CHECK_COMMAND: ""},
    ),
    documents.documents_name_real_tests: Planted(
        {"README.md": f"Held by `{TEST}::test_it_holds`.", TEST: "def test_it_held(): assert x\n"},
        {"README.md": f"Held by `{TEST}::test_it_holds`.", TEST: "def test_it_holds(): assert x\n"},
    ),
    documents.every_threat_names_its_test: _in(
        documents.THREATS.as_posix(),
        breaks="| T1 | a place is sold twice | one ledger | yes |\n",
        keeps=f"| T1 | a place is sold twice | one ledger | `{TEST}::test_it_holds` |\n",
    ),
    documents.every_asvs_row_is_answered: _in(
        documents.ASVS.as_posix(),
        breaks=_asvs_rows("**Met.** By somebody, somewhere."),
        keeps=_asvs_rows(f"**Met.** `{TEST}::test_it_holds`"),
    ),
    documents.documents_name_real_settings: Planted(
        {"README.md": "Set FULLHOUSE_DOOR.", SETTINGS: "class Settings:\n    port: int = 1\n"},
        {"README.md": "Set FULLHOUSE_PORT.", SETTINGS: "class Settings:\n    port: int = 1\n"},
    ),
    documents.documents_name_real_metrics: Planted(
        {"README.md": "Look at fullhouse_pool_asleep.", METRICS: "x = make('pool_busy')"},
        {"README.md": "Look at fullhouse_pool_busy.", METRICS: "x = make('pool_busy')"},
    ),
    documents.documents_name_real_log_events: Planted(
        {
            "README.md": "Search for `jobs.attempt_lost`.",
            PRODUCT: "_LOG.info('jobs.attempt_failed')",
        },
        {
            "README.md": "Search for `jobs.attempt_failed`.",
            PRODUCT: "_LOG.info('jobs.attempt_failed')",
        },
    ),
    packages.every_import_is_declared: Planted(
        {"pyproject.toml": "[project]\ndependencies = []", PRODUCT: "import jinja2"},
        {"pyproject.toml": "[project]\ndependencies = ['Jinja2>=3']", PRODUCT: "import jinja2"},
    ),
    packages.every_import_of_tests_is_declared: Planted(
        {"pyproject.toml": DEVELOPMENT.format(""), TEST: "import pytest\n"},
        {"pyproject.toml": DEVELOPMENT.format("'pytest>=9'"), TEST: "import pytest\nimport os\n"},
    ),
    licences.every_dependency_has_an_allowed_licence: Planted(
        {"pyproject.toml": "[project]\ndependencies = ['hypothesis>=6']"},
        {"pyproject.toml": "[project]\ndependencies = ['Jinja2>=3']"},
    ),
    packages.every_dependency_is_needed: Planted(
        {"pyproject.toml": "[project]\ndependencies = ['Jinja2>=3']", PRODUCT: "import os"},
        {"pyproject.toml": "[project]\ndependencies = ['Jinja2>=3']", PRODUCT: "import jinja2"},
    ),
    translations.every_text_is_translated: Planted(
        {**EXTRACTION, PRODUCT: "_('Undo')", CATALOGUE: 'msgid "Undo"\nmsgstr ""\n'},
        {**EXTRACTION, PRODUCT: "_('Undo')", CATALOGUE: TRANSLATED},
    ),
    translations.every_translation_is_used: Planted(
        {**EXTRACTION, PRODUCT: "", CATALOGUE: TRANSLATED},
        {**EXTRACTION, PRODUCT: "x = _('Undo')", CATALOGUE: TRANSLATED},
    ),
    documents.documents_name_what_exists: Planted(
        {"README.md": "See `src/fullhouse/gone.py` and [more](docs/gone.md)."},
        {"README.md": "See `src/x.py` and [more](docs/y.md).", "src/x.py": "", "docs/y.md": ""},
    ),
}
