# SPDX-License-Identifier: EUPL-1.2
# `make` lists every command.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export OMP_NUM_THREADS := 1
export HAYSTACK_TELEMETRY_ENABLED := False
export MLFLOW_DISABLE_TELEMETRY := true
# Some images turn kept bytecode off. Without it each of a hundred processes compiles two thousand modules.
export PYTHONDONTWRITEBYTECODE :=
# What mypy has found is kept for the machine, so that a fresh clone need not begin anew.
export MYPY_CACHE_DIR ?= $(or $(UNDERLAG_CACHE),$(HOME)/.cache/underlag)/mypy
PYTHON ?= python3.11
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -q
READY := .venv/.installed

.PHONY: help setup run cluster demo test servers check fix unit integration stories stories-cluster kills chaos chaos-bounded load contracts docs lock evaluate clean weights

help: ## List every command
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

setup: $(READY) weights ## Install everything that the other commands need (they do it themselves)

# The lock is installed as it stands, every file checked against its hash.
$(READY): requirements/dev.txt requirements/uv.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: PYTHON=/path/to/python3.11 make ..."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt requirements/uv.txt
	touch $@

weights: $(READY)
	@$(BIN)/python -m deploy.servers.weights

run: setup ## Serve the whole platform from one process (PORT=8080 DATA=state)
	@exec $(BIN)/python -m embedded

cluster: setup ## Serve every role as a process of its own, over Kafka (PORT=8080 DATA=state-cluster)
	@exec $(BIN)/python -m deploy.cluster

demo: setup ## Run the main job on a real recording and show what came out (CLUSTER=1: on real servers)
	@$(BIN)/python -m embedded.demo

# The stories of both ways to run go side by side: those of the cluster wait a lot.
test: servers check integration ## All tests, against real servers (CI=true: and the bounded crash matrix)
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target stories stories-cluster
ifeq ($(CI),true)
	@$(MAKE) --no-print-directory chaos-bounded
endif

servers: setup ## Fetch and build the programs of the real servers (once for a machine)
	@$(BIN)/python -m deploy.servers bring

check: $(READY) ## Format, lint, types, import rules, unit and architecture tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy kernel services embedded deploy proto docs tests evaluation
	$(PYTEST) -n 2 tests/unit tests/architecture tests/contract/test_events_compatible.py

fix: $(READY) ## Format, and mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

unit: $(READY) ## Unit tests alone
	$(PYTEST) tests/unit

integration: servers ## Contract and integration tests, against the real servers and models
	$(PYTEST) -n 3 --dist loadfile tests/integration tests/contract

stories: setup ## Whole stories on the running platform
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder tests/end_to_end

stories-cluster: servers ## The same stories on the cluster
	UNDERLAG_ON=cluster $(PYTEST) tests/end_to_end

chaos-bounded: servers ## One cell of each row of the crash matrix
	$(PYTEST) tests/chaos

chaos: servers ## Kill every process and server at every step (12 minutes; SEED=…)
	CHAOS=full CHAOS_REPORT=$${CHAOS_REPORT:-chaos.md} $(PYTEST) tests/chaos

load: setup ## Speed beside a stated baseline (15 minutes, on an idle machine)
	$(BIN)/python -m evaluation.load.run

kills: setup ## Kill the platform at a hundred random moments (KILLS=100)
	KILLS=$${KILLS:-100} $(PYTEST) -m kills tests/end_to_end

contracts: $(READY) ## Make contracts/ from proto/
	$(BIN)/python proto/generate.py

docs: $(READY) ## Make the generated pages of docs/
	$(BIN)/python -m docs.generate

lock: ## Renew requirements/ from pyproject.toml
	for extra in transcription retrieval drafting forecasting audit cluster embedded dev; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --extra $$extra pyproject.toml --output-file requirements/$$extra.txt; done
	echo 'mlflow[auth]==3.17.2' | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header - --output-file deploy/servers/mlflow/requirements.txt

evaluate: setup ## How well each service works, against its thresholds
	for each in transcription retrieval drafting forecasting; do $(BIN)/python -m evaluation.$$each.run || exit 1; done

clean: ## Remove what was installed and the demo's state
	rm -rf .venv demo-state
