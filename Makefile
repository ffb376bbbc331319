# `make help` lists the targets. Everything is installed into .venv; nothing else on the machine is touched.
SHELL := /bin/bash
PYTHON ?= $(shell for v in 3.13 3.12 3.11; do command -v python$$v >/dev/null 2>&1 && python$$v -c 'import venv' 2>/dev/null && { echo python$$v; break; }; done || true)
VENV := .venv
RUN := $(VENV)/bin/python
# 1 to 30 days
DEMO_DAYS ?= 30
DEMO_ORDERS ?= 600
# One process more than there are cores: many tests wait for children, for the disk or for a lock. Each has one thread
# of Polars: more would only wait for each other (the processes of end_to_end/crew.py have all).
TEST_PROCESSES ?= $(shell $(RUN) -c 'import os; print(min(os.cpu_count(), 8) + 1)')
# Little enough dirt that a usual day passes its gates: what fails then is worth looking at.
DEMO_DIRT := --dirt-rate 0.0002 --dirt-cap 0.004

# Beside the data that its history is about.
export DAGSTER_HOME ?= $(abspath $(or $(PLATFORM_DATA),data))/dagster
# The sample's days. With your own data, set PLATFORM_START_DATE (and PLATFORM_END_DATE only to bound the partitions).
ifndef PLATFORM_START_DATE
export PLATFORM_START_DATE := 2025-10-01
export PLATFORM_END_DATE ?= 2025-10-$(shell printf %02d $$(( $(DEMO_DAYS) + 1 )))
endif

.DEFAULT_GOAL := help
.PHONY: help setup sample demo run test bench lint ui status report dictionary clean constraints

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.installed ## install the pinned packages into .venv

$(VENV)/.installed: constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed: install one, or set PYTHON=/path/to/python3.13"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "$(PYTHON) is not Python 3.11 to 3.13: set PYTHON=/path/to/python3.13"; exit 1; }
	@echo "Installing into $(VENV) with $(PYTHON)…"
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DAGSTER_HOME)/dagster.yaml: dagster.yaml
	@mkdir -p $(DAGSTER_HOME) && cp dagster.yaml $@

sample: setup ## generate sample drops into data/landing
	@$(RUN) -m sample_data --landing data/landing --ledger data/ledger.json --start $(PLATFORM_START_DATE) --days $(DEMO_DAYS) --orders-per-day $(DEMO_ORDERS) $(DEMO_DIRT)

demo: sample $(DAGSTER_HOME)/dagster.yaml ## set up, generate sample drops, run every layer for all days, summarize
	@$(RUN) -m platform_assets run
	@printf '\nNext: make ui      the lineage, partitions and checks of this run, in the browser\n      make status  what is behind its inputs\n      your data:   PLATFORM_LANDING=/your/drops PLATFORM_DATA=data/yours PLATFORM_START_DATE=2024-01-01 make run\n'

run: setup $(DAGSTER_HOME)/dagster.yaml ## run every layer for the landed days that are not up to date
	@$(RUN) -m platform_assets run

status: setup ## list the table days that are behind their inputs
	@$(RUN) -m platform_assets status

report: setup ## rows in, out and quarantined per table
	@$(RUN) -m platform_assets report

dictionary: setup ## write docs/data-dictionary.md from the declarations
	@$(RUN) -m platform_assets dictionary docs/data-dictionary.md

ui: setup $(DAGSTER_HOME)/dagster.yaml ## open the Dagster UI on http://127.0.0.1:3000
	$(VENV)/bin/dagster dev -w workspace.yaml -h 127.0.0.1 -p 3000

test: setup ## run all tests
	@POLARS_MAX_THREADS=1 $(RUN) -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder tests

bench: setup ## measure the platform beside a bare script, and one more day after long histories (docs/performance.md)
	@$(RUN) -m benchmarks $(BENCH)

lint: setup ## types and style
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy

clean: ## delete the demo's data
	rm -rf data/landing data/ledger.json data/lake data/warehouse data/dagster data/benchmarks

constraints: ## pin again after a change of pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header -q -o constraints.txt
