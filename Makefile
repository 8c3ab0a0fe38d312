# Everything is set up by the targets themselves, in .venv and .venv-emulator; nothing is installed outside.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh

# The first Python that is there and new enough; a name on PATH may be a version manager's shim that leads nowhere.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$python -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$python && break; done)

VENV := .venv
EMULATOR := .venv-emulator
BIN := $(VENV)/bin
DEV_READY := $(VENV)/.ready
EMULATOR_READY := $(EMULATOR)/.ready

# USE_PIP=1 leaves uv aside; so does a machine where uv cannot be installed.
USE_PIP ?=

IMAGES ?=
SERVICE ?=

# $(call install,venv,lock file): with uv where it is, else with pip. The lock is complete, and its hashes are checked.
define install
	@if [ -z "$(USE_PIP)" ] && $(BIN)/uv --version >/dev/null 2>&1; then \
		$(BIN)/uv pip install --quiet --python $(1)/bin/python --no-deps --require-hashes -r $(2); \
	else \
		$(1)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r $(2); \
	fi
endef

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(DEV_READY) $(EMULATOR_READY) ## Set up both virtual environments (every other target does so by itself)

$(DEV_READY): requirements/dev.txt requirements/uv.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "image-pipeline needs Python 3.11 or newer with venv; found: $$(python3 --version 2>&1)" >&2; exit 1; }
	@echo "setting up $(VENV) with $$($(PYTHON) --version)" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -n "$(USE_PIP)" || $(BIN)/uv --version >/dev/null 2>&1 || \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/uv.txt || \
		echo "uv cannot be installed here: pip does its work" >&2
	$(call install,$(VENV),requirements/dev.txt)
	@if [ -z "$(USE_PIP)" ] && $(BIN)/uv --version >/dev/null 2>&1; then \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .; \
	else \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	fi
	@touch $@

# The emulator pins the AWS SDK, so it has an environment of its own; the functions run on the same Python.
$(EMULATOR_READY): requirements/emulator.txt $(DEV_READY)
	@echo "setting up $(EMULATOR), the local AWS" >&2
	@test -x $(EMULATOR)/bin/python || $(BIN)/python -m venv $(EMULATOR)
	$(call install,$(EMULATOR),requirements/emulator.txt)
	@touch $@

.PHONY: demo
demo: $(DEV_READY) $(EMULATOR_READY) ## Run sample images through the local AWS into out/ (IMAGES=dir: your own)
	@$(BIN)/python -m ops.demo $(if $(IMAGES),--images "$(IMAGES)")

.PHONY: up
up: $(DEV_READY) $(EMULATOR_READY) ## Start the local AWS and keep it up; prints the environment that aws needs
	@$(BIN)/python -m ops.local up

.PHONY: down
down: $(DEV_READY) ## Stop the local AWS
	@$(BIN)/python -m ops.local down

.PHONY: test
test: lint types $(EMULATOR_READY) ## Run every check: lint, types, unit, integration and end-to-end tests
	@$(BIN)/python -m pytest --cov --cov-report=term --cov-fail-under=90

.PHONY: lint
lint: $(DEV_READY) ## Check style
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --quiet --check

.PHONY: types
types: $(DEV_READY) ## Check types
	@$(BIN)/mypy --no-error-summary

.PHONY: format
format: $(DEV_READY) ## Bring the code into style
	@$(BIN)/ruff check --quiet --fix
	@$(BIN)/ruff format --quiet

.PHONY: package
package: $(DEV_READY) ## Build the services' zips for Lambda into build/lambda/ (SERVICE=x: one of them)
	@$(BIN)/python -m ops.package $(SERVICE)

LOCKS := requirements/dev.txt requirements/emulator.txt requirements/uv.txt \
	services/resize/requirements.txt services/watermark/requirements.txt services/store/requirements.txt

.PHONY: lock
lock: $(DEV_READY) $(LOCKS:.txt=.lock) ## Write the lock files anew from the .in files (needs uv)

# The services' versions are those that the tests ran with.
.PHONY: $(LOCKS:.txt=.lock)
services/%.lock: requirements/dev.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--constraint requirements/dev.txt services/$*.in --output-file services/$*.txt
requirements/%.lock: $(DEV_READY)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		requirements/$*.in --output-file requirements/$*.txt

.PHONY: clean
clean: ## Remove everything that make has made
	@rm -rf $(VENV) $(EMULATOR) build out .local .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* *.egg-info
