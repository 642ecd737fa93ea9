# The two commands: `make demo` and `make test`. Both set themselves up, and take seconds the second time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A process per core; each begins with a share of the tests and takes over what others leave.
PARALLEL := --numprocesses=logical --dist=worksteal
SITE = $(BIN)/python -m sphinx -E -W --keep-going -q -b html docs build/docs

.PHONY: demo test lint docs clean

demo: $(VENV)/installed-all
	$(BIN)/zoo demo $(ARGS)

# Tests that hold a figure to its bar run alone: `.venv/bin/python -m pytest -m measure`.
test: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

# Formatting, lint, types, layers, tables and, with the site, docstrings: what .ci/run checks besides the tests.
lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/tables.py --check
	$(SITE)

# Writes the generated tables anew, and builds the site with the reference: build/docs/index.html.
docs: $(VENV)/installed-dev
	$(BIN)/python docs/tables.py
	$(SITE)

clean:
	rm -rf $(VENV) build dist *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "digit-zoo needs Python 3.11 or later; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

# A stamp per set of extras: installing happens again only when setup.cfg changes.
$(VENV)/installed-all: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[all]'
	touch $@

$(VENV)/installed-dev: setup.cfg pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[all,dev]'
	touch $@ $(VENV)/installed-all
