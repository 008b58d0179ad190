# The commands of this repository; `make help` lists them.
PYTHON ?= python3
PORT ?= 8000
DATA ?= .aep
BIN := .venv/bin
# Half of the tests wait for something: two workers use two cores. More would start as many databases and brokers.
WORKERS ?= 2
TESTS := -m "not long and not compose" --numprocesses $(WORKERS) --no-loadscope-reorder
# Without its bytecode each process would compile 1,600 modules before it starts.
INSTALL := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python
MEMBERS := shared services/registry services/events services/search services/notifications services/reports services/website deploy/standalone tools/engines
EDITABLE := $(foreach member,$(wildcard $(MEMBERS)),-e $(member))

.PHONY: help up test test-all lint types bench requirements contracts compose-test env

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.bootstrap: requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("aep needs Python 3.11 or newer, this is " + sys.version.split()[0])'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "aep needs Python with venv and ensurepip (on Debian: apt install python3-venv)" >&2; exit 2; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

.venv/.runtime: .venv/.bootstrap requirements/runtime.txt $(wildcard */*/pyproject.toml) shared/pyproject.toml
	@echo "installing what the platform needs"
	@$(INSTALL) --require-hashes -r requirements/runtime.txt
	@$(INSTALL) --no-build-isolation --no-deps $(EDITABLE)
	@$(BIN)/python -m compileall -q $(MEMBERS)
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.clients: .venv/.dev requirements/clients.txt
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/clients
	@$(BIN)/uv pip install --quiet --python .venv/clients/bin/python --require-hashes -r requirements/clients.txt
	@touch $@

up: .venv/.runtime ## Start the whole platform on this machine (PORT=8000, DATA=.aep)
	@exec $(BIN)/aep up --port $(PORT) --data $(DATA)

test: .venv/.dev ## Run every test that this machine can run
	$(BIN)/python -m pytest $(TESTS) $(ARGS)

test-all: .venv/.dev ## The same three times, the long fault runs, and docker-compose
	for round in 1 2 3; do $(BIN)/python -m pytest $(TESTS) || exit 1; done
	$(BIN)/python -m pytest -m long
	$(MAKE) compose-test

lint: .venv/.dev ## Style, import contracts, generated files, and whether every service installs alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/typos
	$(BIN)/zizmor --quiet --offline .github
	@for member in $(MEMBERS); do found=$$(cd $$member && $(CURDIR)/$(BIN)/deptry --no-ansi . 2>&1) || { echo "$$member: $$found"; exit 1; }; done
	$(BIN)/lint-imports
	$(BIN)/python -m aep_shared.contracts.generate --check
	$(BIN)/python tools/checks/openapi.py --check
	$(BIN)/python tools/checks/settings.py --check
	$(BIN)/python tools/checks/alone.py

bench: .venv/.dev ## Measure against rivals, for an hour (ARGS="--only relay --pairs 3 --seconds 1")
	$(BIN)/python -m tests.bench $(ARGS)

types: .venv/.dev .venv/.clients ## Types, strictly, those of a generated client too
	$(BIN)/mypy
	$(BIN)/python tools/checks/clients.py

contracts: .venv/.dev ## Write schemas, examples, OpenAPI, AsyncAPI and the list of settings anew
	$(BIN)/python -m aep_shared.contracts.generate
	$(BIN)/python tools/checks/openapi.py
	$(BIN)/python tools/checks/settings.py

requirements: .venv/.bootstrap ## Pin the newest dependencies with hashes
	tools/checks/requirements.sh

env: ## Write .env with new secrets for docker-compose
	@deploy/docker/make-env .env

compose-test: .venv/.dev ## The golden path against docker-compose
	AEP_TEST_REQUIRE=compose $(BIN)/python -m pytest -m compose tests/e2e $(ARGS)
