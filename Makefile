# Every command of the project. Needs make and Python >= 3.11, nothing else.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
ARGS ?=

RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev
INSTALLERS := requirements/venv.sh requirements/install.sh

.DEFAULT_GOAL := help
.PHONY: help setup demo up test check lint types contracts lock lock-check bench samples fuzz chaos clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(DEV) ## install everything into .venv (the other commands do so by themselves)

demo: $(RUN) ## 200 signed webhooks to paid invoices, on private servers: make demo ARGS="--keep"
	@$(BIN)/bursar demo $(ARGS)

up: $(RUN) ## run every line of the Procfile, supervised, on your settings
	@$(BIN)/bursar up $(ARGS)

test: $(DEV) ## run the tests on private servers: make test ARGS="-k ledger"
	$(BIN)/python -m pytest -n 2 $(ARGS)

check: lint types contracts lock-check ## everything CI asks for: the checks above and below, and coverage
	$(BIN)/coverage erase
	@$(MAKE) --no-print-directory test ARGS="--cov --cov-report="
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --include='bursar/rules/*' --fail-under=100

lint: $(DEV) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV) ## mypy --strict
	$(BIN)/mypy

contracts: $(DEV) ## who may import whom
	$(BIN)/lint-imports

lock: $(DEV) ## compile the hashed requirement files anew: make lock ARGS=--upgrade
	$(BIN)/python requirements/lock.py write $(ARGS)

lock-check: $(DEV) ## the requirement files belong to this pyproject.toml (no network)
	$(BIN)/python requirements/lock.py check

chaos: $(DEV) ## kill everything for three minutes, lose nothing: make chaos ARGS="--minutes 1"
	@$(BIN)/python -m tests.chaos $(ARGS)

bench: $(DEV) ## measure against the alternatives: make bench ARGS="--json"
	@$(BIN)/python -m benchmarks $(ARGS)

samples: $(DEV) ## draw the papers of docs/samples anew
	$(BIN)/python -m tests.documents.gallery

fuzz: $(DEV) ## throw 200,000 mutated deliveries at the receiver: make fuzz ARGS="--json"
	@$(BIN)/python -m tests.fuzz $(ARGS)

clean: ## remove the environment and caches; var/ (your data) stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@PYTHON="$(PYTHON)" sh requirements/venv.sh $(VENV)

$(RUN): requirements/run.txt $(INSTALLERS) | $(BIN)/python
	@sh requirements/install.sh $(VENV) requirements/run.txt
	@touch $@

$(DEV): requirements/dev.txt requirements/run.txt $(INSTALLERS) | $(BIN)/python
	@sh requirements/install.sh $(VENV) requirements/dev.txt
	@touch $(RUN) $@
