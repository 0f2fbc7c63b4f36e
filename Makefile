# Every verb sets up what it needs in .venv/ once, and again when what is locked changes.
# A fresh machine needs git, make, a C++ compiler and Python 3.11 to 3.14 with its headers. `make VENV=.venv-3.13
# PYTHON=python3.13 test` keeps an environment of another Python beside the first.

SHELL := bash
.SHELLFLAGS := -o pipefail -ec

VENV ?= .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run-is-current
DEV := $(VENV)/.dev-is-current
PIP := $(BIN)/python -m pip --disable-pip-version-check
# One version of each library on every Python, so that what was tried on one holds on the others.
LOCK := uv pip compile pyproject.toml --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet
# Where a shell forbids it, every process that is started compiles all it imports anew: two seconds each.
unexport PYTHONDONTWRITEBYTECODE
SITE = NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs --quiet build
# One more than there are cores: a third of the time a test waits for processes that it started.
TESTS_AT_ONCE ?= 3
TESTS ?= tests
SECONDS_EACH ?= 30
MINUTES ?= 20

# The first of these that is new enough and can make an environment; `make PYTHON=… VERB` takes another.
FITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
PYTHON ?= $(shell for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$candidate" -c '$(FITS)' 2>/dev/null && { echo "$$candidate"; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help demo serve test check fuzz soak bench docs lock sbom audit

help:  ## List the verbs
	@sed -n 's/^\([a-z]*\):.*## /  make \1 /p' Makefile | awk '{ verb = $$2; $$1 = $$2 = ""; printf "  make %-7s%s\n", verb, $$0 }'

demo: $(RUN)  ## Tell the story on real photographs; MEDIA=folder takes your own
	@$(BIN)/staydown demo $(if $(MEDIA),--media "$(MEDIA)")

serve: $(RUN)  ## Serve on port 8080, data in ./staydown-data; OPTIONS="--port 9000 --workers 4"
	@$(BIN)/staydown init
	@$(BIN)/staydown serve $(OPTIONS)

test: $(DEV)  ## Run every test; TESTS_AT_ONCE=9 on eight cores, TESTS=tests/index some of them
	$(BIN)/python -m pytest -n $(TESTS_AT_ONCE) --dist worksteal $(TESTS)

check: $(DEV)  ## Style, types, which folder may import which, and that the guides' links lead somewhere
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(SITE)

fuzz: $(DEV)  ## Feed every parser with hostile bytes; SECONDS_EACH=600 on TARGETS="picture video"
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS_EACH) $(TARGETS)

soak: $(DEV)  ## Work a server for 20 minutes: its memory and descriptors must stay flat; MINUTES=5
	$(BIN)/python -m benchmarks soak --minutes $(MINUTES)

bench: $(DEV)  ## Measure; NAME=search OPTIONS="--plot plots"
	$(BIN)/python -m benchmarks $(NAME) $(OPTIONS)

sbom: $(DEV)  ## Write what a release is made of, as CycloneDX: dist/sbom.cdx.json
	@mkdir -p dist
	$(BIN)/cyclonedx-py requirements requirements/run.txt --pyproject pyproject.toml --output-reproducible \
		--output-format JSON --output-file dist/sbom.cdx.json

audit: $(DEV)  ## Which locked libraries have a known weakness; ADVISORIES=all.zip of osv.dev, read without a network
	$(BIN)/python -m tools.audit $(ADVISORIES)

docs: $(DEV)  ## Build the guides as a site with a search, in site/; docs/POLICY.md from the rules that run
	$(BIN)/python -m casework.policy.document > docs/POLICY.md
	$(SITE)
	@echo "Open site/index.html; \`$(BIN)/python -m http.server --directory site 8001\` has the search, too"

lock: $(DEV)  ## Choose the newest versions that fit and lock them
	$(BIN)/$(LOCK) --upgrade --extra dev --output-file requirements/dev.txt
	$(BIN)/$(LOCK) --upgrade --extra demo --extra build --constraint requirements/dev.txt --output-file requirements/run.txt

$(BIN)/python:
	@test -n "$(PYTHON)" || { \
		echo "error: no Python 3.11 to 3.14 with its venv module was found; install one (Debian: python3 python3-venv), or say 'make PYTHON=/path/to/python …'" >&2; \
		exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(RUN): requirements/run.txt pyproject.toml | $(BIN)/python
	@$(call install,what Staydown runs with)
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# The same versions and more, in one go.
$(DEV): requirements/dev.txt requirements/run.txt pyproject.toml | $(BIN)/python
	@$(call install,what Staydown is tested and checked with)
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $(RUN) $@

# Install the first prerequisite's locked libraries and say how far that is. Python compiles what it imports, when it does:
# to compile all of it would take as long as unpacking it.
define install
echo "Installing $(1) into $(VENV): $$(grep --count '==' $<) locked libraries, about a minute"; \
$(PIP) install --no-compile --progress-bar off --require-hashes --requirement $< | awk \
	'/^Collecting/ { count += 1; if (count % 20 == 0) { print "  " count " found"; fflush() } } \
	/^Installing collected/ { print "  unpacking"; fflush() }'
endef
