# Front door. Every target makes .venv by itself when it is missing or out of date.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.stamp

DOCS_STAMP := .venv/.docs-stamp

PEERS := .venv-peers
PEERS_STAMP := $(PEERS)/.stamp

ORACLES := .venv-oracles
ORACLES_STAMP := $(ORACLES)/.stamp

MUTANTS := .venv-mutants
MUTANTS_STAMP := $(MUTANTS)/.stamp
COUNT ?= 300
# Tests start hundreds of processes: each would compile every module again where the environment forbids to keep bytecode.
CACHING := env -u PYTHONDONTWRITEBYTECODE
SEED ?= 0

.PHONY: study ui test fuzz mutants coverage snapshot oracles faults accept calibrate year docs pictures tutorial howto lint format bench peers clean
.DEFAULT_GOAL := study

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c 'import sys; assert sys.version_info >= (3, 11), "Outcross needs Python 3.11 or later; run: make PYTHON=/path/to/python3.11"'
	@echo "Installing into .venv (a few minutes the first time) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

study: $(STAMP) ## run the main study on handwritten digits, print the verdict, write the report
	@$(BIN)/outcross study digits

ui: $(STAMP) ## serve the graph on http://127.0.0.1:3000
	@$(BIN)/outcross ui

test: $(STAMP) ## every test, on all cores; BUDGET=25 fails above so many processor-minutes
	@$(CACHING) $(BIN)/python -m pytest -n auto --dist worksteal --meter=.processor-time.txt $(if $(BUDGET),--budget=$(BUDGET))

coverage: $(STAMP) ## every test with line and branch coverage; fails below the floor in pyproject.toml
	@$(CACHING) $(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term:skip-covered

fuzz: $(STAMP) ## the tests of properties on examples never tried before; `make test` tries the same ones each time
	@OUTCROSS_EXAMPLES=fresh $(CACHING) $(BIN)/python -m pytest -n auto --dist worksteal -m hypothesis

snapshot: $(STAMP) ## write the default study's graph, all defaults and recorded numbers again, which the tests hold them against
	@$(BIN)/python -W ignore -m tests.jobs.graph_text
	@$(BIN)/python -W ignore -m tests.jobs.settings_text
	@$(BIN)/python -W ignore -m tests.constants_text
	@$(BIN)/python -W ignore -m tests.first_keys
	@$(BIN)/python -W ignore -m tests.assets.metrics.recorded
	@$(BIN)/python -W ignore -m tests.assets.corpus.recorded
	@$(BIN)/python -W ignore -m tests.assets.verdict.recorded
	@$(BIN)/python -W ignore -m tests.jobs.cli.printed
	@$(BIN)/python -W ignore -m tests.assets.export.statements_text

faults: $(STAMP) ## killed ingests, studies and UIs, forgeries, racing registrations, mutated files, twelve files: minutes each
	@OUTCROSS_FAULTS=all $(CACHING) $(BIN)/python -m pytest tests/assets/corpus/test_faults.py tests/assets/corpus/test_mutated_files.py \
		tests/assets/corpus/test_memory.py tests/assets/corpus/test_withdrawal.py tests/assets/corpus/test_audit.py tests/assets/corpus/test_gradual_drift.py \
		tests/assets/corpus/test_renewal_of_media.py tests/jobs/cli/test_damage.py tests/jobs/cli/test_killed_commands.py \
		tests/jobs/cli/test_small_machines.py \
		tests/jobs/test_settings_files.py tests/jobs/test_ui.py tests/jobs/test_twelve_in_the_inbox.py \
		tests/jobs/test_restart.py tests/jobs/test_runs_in_the_ui.py tests/jobs/test_worker_process.py

$(MUTANTS_STAMP): tests/mutants/tool.txt
	@test -x $(MUTANTS)/bin/python || $(PYTHON) -m venv $(MUTANTS)
	@echo "Installing what makes mutants into $(MUTANTS), apart from Outcross …"
	@$(MUTANTS)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/mutants/tool.txt
	@touch $@

mutants: $(STAMP) $(MUTANTS_STAMP) ## COUNT=300 slips drawn by SEED=0, each against the nearest tests; fails below 90 %
	@$(CACHING) $(BIN)/python -W ignore -m tests.mutants.run --tool $(MUTANTS)/bin/python --count $(COUNT) --seed $(SEED) \
		$(if $(ROOM),--room "$(ROOM)") $(if $(WORKERS),--workers $(WORKERS))

accept: $(STAMP) ## the published and derived results, each beside its exact value
	@$(BIN)/outcross accept

calibrate: $(STAMP) ## how often a verdict's limit covers the true share and decides; writes the table of docs/science.md
	@$(BIN)/outcross calibrate --write docs/science.md

year: $(STAMP) ## twenty simulated years of batches, before and after guards that accumulate; writes docs/year.md
	@$(BIN)/python -m outcross.jobs.year --write docs/year.md

$(DOCS_STAMP): $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'
	@touch $@

docs: $(DOCS_STAMP) ## the documentation as a site below site/, its reference written from the code; fails on a link that leads nowhere
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -W ignore -m mkdocs build

pictures: $(STAMP) ## run the studies that README shows, or take up finished ones, and photograph their reports anew
	@$(BIN)/python -W ignore -m docs.site.pictures

tutorial: $(STAMP) ## walk the tutorial in an empty folder: every command it shows, and what it says that it prints
	@$(BIN)/python -W ignore -m docs.site.walk

howto: $(STAMP) ## walk the how-to pages of custody: their commands, their queries, and their runs in the UI
	@$(BIN)/python -W ignore -m docs.site.walk_pages

lint: $(STAMP) ## linter, formatter, import contracts and type checker
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy

format: $(STAMP)
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

$(PEERS_STAMP): jobs/bench/peers.txt
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@echo "Installing the peers into $(PEERS), apart from Outcross (a few minutes the first time) …"
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r jobs/bench/peers.txt
	@touch $@

peers: $(PEERS_STAMP) ## what Outcross is compared with, in an environment of its own

bench: $(STAMP) $(PEERS_STAMP) ## Outcross beside its peers: writes docs/benchmarks.md, fails where a target is missed
	@$(CACHING) $(BIN)/outcross bench --write docs/benchmarks.md

$(ORACLES_STAMP): tests/oracles.txt
	@test -x $(ORACLES)/bin/python || $(PYTHON) -m venv $(ORACLES)
	@echo "Installing the oracles into $(ORACLES), apart from Outcross …"
	@$(ORACLES)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/oracles.txt
	@touch $@

oracles: $(STAMP) $(ORACLES_STAMP) ## exports, read by mlcroissant and rebuilt from OpenLineage's own classes
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT \
		&& $(BIN)/python -m tests.assets.export.oracle_files "$$folder" \
		&& $(ORACLES)/bin/python -m tests.assets.export.oracles "$$folder"

clean: ## remove the environment and caches; .outcross (your data) stays
	rm -rf .venv $(PEERS) $(ORACLES) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov build dist site *.egg-info
