# Everything is set up by the targets themselves, in .venv and its siblings; nothing is installed outside.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/sh

# Python 3.11 or newer that can make a virtual environment; Debian's has venv, but no ensurepip without python3-venv.
NEW_ENOUGH := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))

# The first that is there; a name on PATH may be a version manager's shim that leads nowhere.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$python -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && echo $$python && break; done)

SERVICES := resize watermark store
VENV := .venv
EMULATOR := .venv-emulator
CHECKOV := .venv-checkov
AUDIT := .venv-audit
DOCS := .venv-docs
BIN := $(VENV)/bin
DEV_READY := $(VENV)/.ready
EMULATOR_READY := $(EMULATOR)/.ready
CHECKOV_READY := $(CHECKOV)/.ready
AUDIT_READY := $(AUDIT)/.ready
DOCS_READY := $(DOCS)/.ready

# USE_PIP=1 leaves uv aside; so does a machine where uv cannot be installed.
USE_PIP ?=
# --no-user: a pip that is set to install for the user would refuse to install into a virtual environment.
PIP_INSTALL := -m pip install -qq --disable-pip-version-check --no-user
UV_RUNS = [ -z "$(USE_PIP)" ] && $(BIN)/uv --version >/dev/null 2>&1

IMAGES ?=
DIR ?=
SERVICE ?=
ROUNDS ?=
UPGRADE ?=
YES ?=
PLANNED ?=
EMPTY ?=
TIER ?=
TAG ?=

# $(call venv,folder,python): a virtual environment, made again unless it has a Python that is new enough, and something
# to install with: one whose making was interrupted has not.
define venv
	@$(1)/bin/python -c '$(NEW_ENOUGH)' 2>/dev/null && { { $(UV_RUNS); } || $(1)/bin/python -m pip --version >/dev/null 2>&1; } || \
		$(2) -m venv --clear $(1)
endef

# $(call install,folder,what,options of uv): with uv where it runs, else with pip. Locks are complete, and hashes are
# checked.
define install
	@if $(UV_RUNS); then $(BIN)/uv pip install --quiet --python $(1)/bin/python --no-deps $(3) $(2); \
	else $(1)/bin/python $(PIP_INSTALL) --no-deps $(2); fi
endef

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(DEV_READY) $(EMULATOR_READY) ## Set up both virtual environments (every other target does so by itself)

$(DEV_READY): requirements/dev.txt requirements/pyvips.txt requirements/uv.txt pyproject.toml
	@python='$(PYTHON)'; "$${python:-false}" -c '$(NEW_ENOUGH)' >/dev/null 2>&1 || { \
		echo "image-pipeline needs Python 3.11 or newer with venv and pip (Debian: apt install python3-venv);" >&2; \
		echo "found: $$("$${python:-python3}" --version 2>&1 | head -n 1). Another: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "setting up $(VENV) with $$($(PYTHON) --version)" >&2
	$(call venv,$(VENV),$(PYTHON))
	@test -n "$(USE_PIP)" || { $(UV_RUNS); } || \
		$(BIN)/python $(PIP_INSTALL) --require-hashes -r requirements/uv.txt || \
		echo "uv cannot be installed here: pip does its work" >&2
	$(call install,$(VENV),--require-hashes -r requirements/dev.txt)
	$(call install,$(VENV),--no-build-isolation --require-hashes -r requirements/pyvips.txt)
	$(call install,$(VENV),--no-build-isolation --editable .)
	@touch $@

# The emulator pins the AWS SDK, so it has an environment of its own; the functions run on the same Python.
$(EMULATOR_READY): requirements/emulator.txt $(DEV_READY)
	@echo "setting up $(EMULATOR), the local AWS" >&2
	$(call venv,$(EMULATOR),$(BIN)/python)
	@# Every start of a function on the local AWS would compile the AWS SDK again: half of the CPU that it takes.
	$(call install,$(EMULATOR),--require-hashes -r requirements/emulator.txt,--compile-bytecode)
	@touch $@

$(CHECKOV_READY): requirements/checkov.txt $(DEV_READY)
	@echo "setting up $(CHECKOV), which checks Terraform" >&2
	$(call venv,$(CHECKOV),$(BIN)/python)
	$(call install,$(CHECKOV),--require-hashes -r requirements/checkov.txt)
	@touch $@

$(AUDIT_READY): requirements/audit.txt $(DEV_READY)
	@echo "setting up $(AUDIT), which looks packages up in the advisories" >&2
	$(call venv,$(AUDIT),$(BIN)/python)
	$(call install,$(AUDIT),--require-hashes -r requirements/audit.txt)
	@touch $@

$(DOCS_READY): requirements/docs.txt $(DEV_READY)
	@echo "setting up $(DOCS), which builds the documents" >&2
	$(call venv,$(DOCS),$(BIN)/python)
	$(call install,$(DOCS),--require-hashes -r requirements/docs.txt)
	@touch $@

.PHONY: demo
demo: $(DEV_READY) $(EMULATOR_READY) ## Run sample images through the local AWS into out/ (IMAGES=dir: your own)
	@$(BIN)/python -m ops.demo $(if $(IMAGES),--images "$(IMAGES)")

.PHONY: watermarks
watermarks: $(DEV_READY) ## Draw a sheet of every kind of watermark: out/watermarks.png
	@$(BIN)/python -m ops.demo.watermarks out/watermarks.png

.PHONY: up
up: $(DEV_READY) $(EMULATOR_READY) ## Start the local AWS with its console and keep them up; prints the environment that aws needs
	@$(BIN)/python -m ops.local up

.PHONY: down
down: $(DEV_READY) ## Stop the local AWS; the next make up finds its images again
	@$(BIN)/python -m ops.local down

.PHONY: reset
reset: $(DEV_READY) ## Stop the local AWS, and remove all that is or was in it
	@$(BIN)/python -m ops.local reset

.PHONY: browser
browser: ## Install Debian's Chromium, in which make test-all opens the console (needs root and apt)
	@if { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null; then \
		echo "there is one already" >&2; \
	elif ! command -v apt-get >/dev/null 2>&1; then echo "no apt here: install Chromium as this system does" >&2; exit 1; \
	elif [ "$$(id -u)" != 0 ]; then echo "this needs root: sudo make browser" >&2; exit 1; \
	else apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends chromium; fi

# Bytecode is kept, whatever the environment says: three workers and every command that a test starts read it.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --no-loadscope-reorder

# $(call beside-types,command): a command while types are checked, whose result comes last; fails if one of them fails.
define beside-types
	@mkdir -p build; $(MYPY) >build/types.log 2>&1 & types=$$!; trap "kill $$types 2>/dev/null; exit 130" INT TERM; \
	$(1); failed=$$?; wait $$types && exit $$failed; \
	cat build/types.log >&2; echo "types are wrong, see above" >&2; exit 1
endef

.PHONY: test
test: lint ## Run the quick checks: lint, types, unit and integration tests, one end-to-end file
	$(call beside-types,$(MAKE) --no-print-directory $(EMULATOR_READY) && $(PYTEST) --tier=quick)

# What is covered is covered by the quick tier: the others trace nothing.
COVERAGE = $(if $(filter-out quick,$(TIER)),,--cov --cov-report=term --cov-fail-under=90)
EVERY_TEST = HYPOTHESIS_PROFILE=thorough $(PYTEST) --durations=25 --durations-min=20 $(if $(TIER),--tier="$(TIER)") $(COVERAGE)

.PHONY: test-all
test-all: $(if $(TIER),,lint) $(EMULATOR_READY) ## Run every check, with coverage: also zips, Terraform, faults, permissions, console (TIER=x: one)
	$(if $(TIER),@$(EVERY_TEST),$(call beside-types,$(EVERY_TEST)))

.PHONY: faults
faults: $(DEV_READY) $(EMULATOR_READY) ## Let every call of every image fail in every way, and soak 2,000 images in kills; writes out/faults.jsonl
	@mkdir -p out && rm -f out/faults.jsonl
	@PIPELINE_FAULTS=all PIPELINE_FAULTS_LOG=out/faults.jsonl $(BIN)/python -m pytest tests/faults -s

.PHONY: bench
bench: $(DEV_READY) $(EMULATOR_READY) ## Measure side by side with sharp, pyvips, thumbor and plain Pillow; writes bench/RESULTS.md (AGAINST=DIR: another build too)
	@$(BIN)/python -m bench $(if $(ROUNDS),--rounds "$(ROUNDS)") $(if $(AGAINST),--against "$(AGAINST)")

.PHONY: compare
compare: $(DEV_READY) ## Compare our pictures of DIR's images with those of sharp, Chromium and ImageMagick; writes out/compare/
	@test -n "$(DIR)" || { echo "make compare needs a folder of images: make compare DIR=photos" >&2; exit 2; }
	@$(BIN)/python -m bench.compare "$(DIR)"

.PHONY: lint
lint: $(DEV_READY) ## Check style, and the workflows with their scripts
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --quiet --check
	@$(BIN)/shellcheck .github/scripts/*.sh .ci/run
	@$(BIN)/jactionlint --shellcheck $(BIN)/shellcheck
	@$(BIN)/zizmor --offline --quiet --no-progress --persona auditor .github

MYPY = $(BIN)/python -m mypy --no-error-summary

.PHONY: types
types: $(DEV_READY) ## Check types
	@$(MYPY)

.PHONY: checkov
checkov: $(CHECKOV_READY) ## Look for what is unsafe in terraform/; needs no account and no network
	@$(CHECKOV)/bin/checkov --directory terraform --framework terraform --compact --quiet --skip-download

# The locks are audited as they are, with their hashes, and nothing of them is installed. dev.txt has all that the
# services' have. Each alone: pip-audit takes no package in two versions, and the emulator pins its own AWS SDK.
# --strict: a package that cannot be looked up fails, and is not skipped.
AUDITED := dev pyvips emulator checkov uv audit docs

.PHONY: audit
audit: $(AUDIT_READY) ## Look every locked package up in the advisories (needs the network)
	@failed=; for lock in $(AUDITED:%=requirements/%.txt) $(EXAMPLE_LOCKS:.lock=.txt); do echo "$$lock" >&2; \
		$(AUDIT)/bin/pip-audit --progress-spinner off --strict --require-hashes --disable-pip --requirement $$lock || failed=1; \
	done; test -z "$$failed"

.PHONY: format
format: $(DEV_READY) ## Bring the code into style
	@$(BIN)/ruff check --quiet --fix
	@$(BIN)/ruff format --quiet

.PHONY: reference
reference: $(DEV_READY) ## Write the pages of docs/reference/ that are generated from the code
	@$(BIN)/python -m ops.reference

.PHONY: docs
# Not --quiet: strict mode counts the warnings that are shown.
docs: $(DOCS_READY) ## Build the documents into build/docs/, with every link and anchor checked
	@NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict

.PHONY: screenshots
screenshots: $(DEV_READY) $(EMULATOR_READY) ## Take the pictures of the console in docs/images/ (needs Chromium)
	@$(BIN)/python -m ops.demo.screenshots

.PHONY: gallery
gallery: $(DEV_READY) ## Make the pictures of docs/gallery/, which show what each setting does
	@$(BIN)/python -m ops.demo.gallery

.PHONY: generate
generate: $(DEV_READY) ## Write what follows from ops/schema/model.py: the JSON Schemas and docs/reference/settings.md
	@$(BIN)/python -m ops.schema

.PHONY: package
package: $(DEV_READY) ## Build the services' zips for Lambda into build/lambda/ (SERVICE=x: one of them)
	@$(BIN)/python -m ops.packaging $(SERVICE)

.PHONY: release-files
release-files: $(DEV_READY) ## Write what a release attaches into build/release/: zips, SBOMs, wheel, SHA-256 (TAG=v1.0.0: checked)
	@$(BIN)/python -m ops.release $(if $(value TAG),--tag "$$TAG")

# What comes from a workflow's form or a tag is read by the shell from the environment, and never expanded by make.
DEPLOY = $(BIN)/python -m ops.deploy $@ $(if $(value SERVICE),--service "$$SERVICE") $(if $(YES),--yes)

.PHONY: plan
plan: $(DEV_READY) ## Show what a deployment would change, into build/terraform/ (SERVICE=x: of one service, or platform)
	@$(DEPLOY)

.PHONY: deploy
deploy: $(DEV_READY) ## Deploy with Terraform (SERVICE=x: one alone; PLANNED=1: what make plan saved; YES=1: do not ask)
	@$(DEPLOY) $(if $(PLANNED),--planned)

.PHONY: smoke
smoke: $(DEV_READY) ## Upload an image into the deployed pipeline, open what is made of it, and remove both
	@$(DEPLOY)

.PHONY: rollback
rollback: $(DEV_READY) ## Go back to the previous version of a service (SERVICE=x; TO=7: to version 7)
	@$(DEPLOY) $(if $(value TO),--to "$$TO")

.PHONY: drift
drift: $(DEV_READY) ## Fail if what is deployed differs from what this checkout describes
	@$(DEPLOY)

.PHONY: bootstrap
bootstrap: $(DEV_READY) ## Make the bucket of Terraform's states, where pipeline.yaml says state: s3
	@$(DEPLOY)

.PHONY: destroy
destroy: $(DEV_READY) ## Remove what was deployed (EMPTY=1: and every image in its buckets)
	@$(DEPLOY) $(if $(EMPTY),--empty)

.PHONY: rehearsal
rehearsal: $(DEV_READY) $(EMULATOR_READY) ## Deploy with Terraform to an empty local AWS, use it, and destroy it again
	@$(BIN)/python -m ops.deploy.rehearsal

SERVICE_LOCKS := $(SERVICES:%=services/%/requirements.lock) \
	$(foreach extra,jxl avif10,$(foreach service,resize watermark,services/$(service)/requirements-$(extra).lock))
BENCH_LOCKS := $(patsubst %.in,%.lock,$(wildcard requirements/bench/*.in))
EXAMPLE_LOCKS := $(patsubst %.in,%.lock,$(wildcard examples/*/requirements.in))
LOCKS := requirements/dev.lock requirements/pyvips.lock requirements/emulator.lock requirements/uv.lock requirements/checkov.lock \
	requirements/audit.lock requirements/docs.lock $(SERVICE_LOCKS) $(BENCH_LOCKS) $(EXAMPLE_LOCKS)

.PHONY: lock
lock: $(LOCKS) ## Write the lock files from the .in files, with uv (UPGRADE=1: with the newest versions)

# A static pattern rule: make looks for no implicit one for what is phony.
.PHONY: $(LOCKS)
$(LOCKS): %.lock: $(DEV_READY)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		$(if $(UPGRADE),--upgrade) $(if $(filter services/%,$*),--constraint requirements/pyvips.txt) \
		$(if $(filter services/% examples/% %/naive %/judge requirements/pyvips,$*),--constraint requirements/dev.txt) \
		$*.in --output-file $*.txt

# The services' versions are those that the tests run with, and that the benchmark compares with.
$(SERVICE_LOCKS) $(BENCH_LOCKS) $(EXAMPLE_LOCKS) requirements/pyvips.lock: requirements/dev.lock
$(SERVICE_LOCKS): requirements/pyvips.lock

.PHONY: clean
clean: ## Remove everything that make has made; a local AWS that is up is stopped
	@test ! -e .local/run/state.json || $(BIN)/python -m ops.local down
	@rm -rf $(VENV) $(EMULATOR) $(CHECKOV) $(AUDIT) $(DOCS) build out .local .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* *.egg-info
