# `make demo` and `make test` need Python 3.11 or newer, make, and a package index; everything else goes into .venv.

PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
VENV := .venv
BIN := $(VENV)/bin
# Empty files that say what is installed; a change of the dependencies makes them stale.
INSTALLED := $(VENV)/.installed
INSTALLED_TEST := $(VENV)/.installed-test
INSTALLED_LINT := $(VENV)/.installed-lint
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

DEMO := fixtures/bad/octavios

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## check a stack that is broken between its files
	@$(BIN)/obslint rules > /dev/null # Python leaves a crash with 1, too
	@code=0; $(BIN)/obslint check $(DEMO) || code=$$?; \
	if [ $$code -ne 1 ]; then \
		echo "demo: obslint should have found errors and left with 1, not with $$code" >&2; exit 1; \
	fi

test: $(INSTALLED_TEST) ## run the tests
	$(BIN)/python -m pytest

lint: $(INSTALLED_LINT) ## check style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(INSTALLED) ## write again what is generated from the code
	$(BIN)/python tools/make_report_schema.py
	$(BIN)/python tools/make_rule_docs.py

bench: $(INSTALLED_TEST) ## compare the running time with other tools
	$(BIN)/python benchmarks/run.py

clean: ## remove .venv, caches and builds
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -path ./.git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# pip is the last thing that venv puts there: an interrupted run is not taken for a whole one.
$(BIN)/pip:
	@if [ -z "$(PYTHON)" ]; then echo "obslint needs Python 3.11 or newer; name it with PYTHON=..." >&2; exit 1; fi
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): pyproject.toml | $(BIN)/pip
	$(PIP) --editable .
	@touch $@

$(INSTALLED_TEST): pyproject.toml | $(BIN)/pip
	$(PIP) --editable '.[test]'
	@touch $(INSTALLED) $@

# The tests come along: mypy and ruff look at them, too.
$(INSTALLED_LINT): pyproject.toml | $(BIN)/pip
	$(PIP) --editable '.[test,lint]'
	@touch $(INSTALLED) $(INSTALLED_TEST) $@
