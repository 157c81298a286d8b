# Fullhouse. `make help` explains itself; everything else sets up what it needs.

UV  := tools/uv
RUN := $(UV) run --locked

# Where this is set, every process compiles all its modules again, and tests start hundreds of them.
unexport PYTHONDONTWRITEBYTECODE

# Parts whose tests must reach 90 % of their lines, each by itself.
COVERED := kernel booking localisation messages storage jobs
TESTS_COVERED := $(wildcard $(COVERED:%=tests/unit/%) $(COVERED:%=tests/integration/%))

# What is tried on each page and operation: a fifth of the time of all tests for one change in it.
EVERY_ROUTE := tests/integration/every_route

# Of the failures, those that start the whole product again and again and compute; the others wait.
KILLS := ended_commands kill_processes replacement serve serve_says

# Of the journeys, those that look at each page: half of the time, in a browser of their own.
LOOKS := admin_closes documentation every_page operator_looks page_quality

# Which lines of these parts run, by rewriting their code: a tracer takes 40 % of the tests' time again.
COMMA := ,
EMPTY :=
SOURCE_COVERED := $(subst $(EMPTY) $(EMPTY),$(COMMA),$(COVERED:%=src/fullhouse/%))
COVERAGE := build/coverage.json
MEASURE := $(RUN) slipcover --source $(SOURCE_COVERED) --out $(COVERAGE) -m pytest

# All tests in eleven tracks, four of them side by side: the machine computes in one while others wait.
# `check` has two more, of what is no test.
# The longest begin first and the short ones fill the end, so that no processor is idle there.
# Coverage is measured where the tests of those parts are, and not where the code runs for another part.
TRACKS := kills covered outages journeys looks entrypoints parts races contracts unit plans
UNMEASURED_kills := $(addprefix tests/failures/test_,$(addsuffix .py,$(KILLS))) tests/history
UNMEASURED_outages := tests/failures $(KILLS:%=--ignore=tests/failures/test_%.py)
MEASURED_covered := $(TESTS_COVERED) tests/properties
UNMEASURED_parts := tests/integration --ignore=tests/integration/entrypoints --ignore=$(EVERY_ROUTE) $(TESTS_COVERED:%=--ignore=%)
UNMEASURED_entrypoints := tests/integration/entrypoints $(EVERY_ROUTE)
UNMEASURED_journeys := tests/journeys $(LOOKS:%=--ignore=tests/journeys/test_%.py)
UNMEASURED_looks := $(LOOKS:%=tests/journeys/test_%.py)
UNMEASURED_races := tests/races
UNMEASURED_unit := tests/unit $(TESTS_COVERED:%=--ignore=%)
UNMEASURED_contracts := tests/contracts
UNMEASURED_plans := tests/plans tests/simulation

# For `test-fast`. More processes than processors, since many integration tests wait; of units one is enough.
# Files whole, since some prepare much for all their tests.
UNMEASURED_fast-unit := --embedded-only tests/unit
UNMEASURED_fast-integration := -n 5 --dist loadfile --embedded-only tests/integration --ignore=$(EVERY_ROUTE)

# What grows surer with every repetition.
EFFORT ?= 10
ROUNDS ?= 3
SOAKED := $(wildcard tests/races tests/failures tests/history tests/properties tests/simulation tests/contracts \
  tests/plans/test_index_advice_at_scale.py)

# Where translated texts are, and what marks them beside gettext's own names; the tests read it here.
CATALOGUES := src/fullhouse/localisation/catalogues
KEYWORDS := -k gettext_noop -k ngettext_noop:1,2 -k pgettext_noop:1c,2
PO_STYLE := --no-wrap

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast check lint audit tests coverage format translations observability bench soak mutation packages clean

help: ## Say what can be done here
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Run Bouquet Garden, a demo farm with its pages; stop it with Ctrl-C
	$(UV) sync --frozen --no-dev --inexact
	@# Not through uv: it would pass Ctrl-C on, and a second signal forces the stop.
	exec .venv/bin/fullhouse serve --demo

test: packages check ## Install what the tests need, then check everything, as CI does

test-fast: ## Run unit and integration tests on the embedded PostgreSQL only, but for what tries every route
	@$(MAKE) --no-print-directory tests TRACKS="fast-unit fast-integration"

check: ## Check everything with what is installed: lint, audit, all tests, coverage
	@$(MAKE) --no-print-directory tests TRACKS="lint audit $(TRACKS)"
	@$(MAKE) --no-print-directory coverage

lint: ## Check format, style, imports, types and the container file
	$(RUN) ruff format --check
	$(RUN) ruff check
	$(RUN) lint-imports --no-logo
	$(RUN) mypy
	$(RUN) hadolint Dockerfile

audit: ## Look for known vulnerabilities in dependencies, and for insecure code
	tools/audit
	$(RUN) bandit -q -r src --severity-level medium

tests: ## Run all tests, four tracks at a time; ARGS="tests/unit -x" runs some
ifdef ARGS
	$(MEASURE) $(ARGS)
else
	@mkdir -p build && rm -f $(COVERAGE)
	@$(UV) sync --locked --quiet
	@$(MAKE) -k -j 4 --no-print-directory $(TRACKS:%=track-%); status=$$?; \
	cat $(TRACKS:%=build/%.log); exit $$status
endif

# On one processor each, so beside the tests and not before them.
track-lint track-audit: track-%:
	@status=passed; $(MAKE) --no-print-directory $* > build/$*.log 2>&1 || status=failed; \
	echo "$*: $$status"; test $$status = passed

track-%:
	@status=0; log=build/$*.log; : > $$log; \
	test -z "$(MEASURED_$*)" || $(MEASURE) $(MEASURED_$*) >> $$log 2>&1 || status=1; \
	test -z "$(UNMEASURED_$*)" || $(RUN) pytest $(UNMEASURED_$*) >> $$log 2>&1 || status=1; \
	echo "$* tests: $$(grep -E '^=+ .* in .* =+$$' $$log | tr -d = | tr -s ' ' | paste -sd ,)"; \
	exit $$status

coverage: ## Check that the last tests reached 90 % of the lines of the parts that matter
	$(RUN) python -m tools.coverage $(COVERAGE) 90 $(COVERED)

format: ## Put the code into its format and repair what can be repaired
	$(RUN) ruff format
	$(RUN) ruff check --fix

translations: ## Collect the texts of code and templates into the catalogues of translators
	@mkdir -p build
	$(RUN) pybabel -q extract -F babel.cfg $(KEYWORDS) $(PO_STYLE) --sort-by-file --add-location=file \
	  -o build/fullhouse.pot src/fullhouse
	$(RUN) pybabel -q update -D fullhouse -d $(CATALOGUES) -i build/fullhouse.pot $(PO_STYLE) \
	  --ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date

observability: ## Write the rules, routes and dashboards of deploy/observability
	$(RUN) python -m tools.observability

bench: ## Measure this machine in 8 minutes, as ratios to pgbench; QUICK=1 takes 2
	$(UV) sync --locked --quiet
	@# Not through uv: it would pass Ctrl-C on, and a second signal cuts the stop short.
	exec .venv/bin/fullhouse bench $(if $(QUICK),--quick)

soak: ## Run races, failures, histories, properties and contracts long: EFFORT=10 ROUNDS=3
	@round=0; while [ $$round -lt $(ROUNDS) ]; do round=$$((round + 1)); \
	  echo "Round $$round of $(ROUNDS)"; \
	  FULLHOUSE_TEST_EFFORT=$(EFFORT) FULLHOUSE_TEST_SEED=$$round FULLHOUSE_API_EXAMPLES=50 FULLHOUSE_API_STATEFUL_SECONDS=300 \
	  FULLHOUSE_MALFORMED=50000 FULLHOUSE_HOSTILE=100000 \
	  $(RUN) pytest --timeout=0 -q --hypothesis-seed=$$round $(SOAKED) || exit 1; \
	done

mutation: ## Change breaker, call policy and hand-over one thing at a time, and see whether tests notice; ARGS=breaker.py
	$(RUN) --with cosmic-ray==8.7.0 python -m tools.mutation $(ARGS)

packages: ## Install the tests' system packages (as root on Debian), or name them
	tools/system-packages

clean: ## Remove what was built and cached; no data
	rm -rf .uv .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
