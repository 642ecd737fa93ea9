# The two commands: `make demo` and `make test`. Both set themselves up, and take seconds the second time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint docs clean

demo: $(VENV)/installed-all
	$(BIN)/zoo demo $(ARGS)

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(ARGS)

# Formatting, lint, types, layers and generated documentation: what .ci/run checks besides the tests.
lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check README.md

# Writes the generated parts of README.md anew.
docs: $(VENV)/installed-dev
	$(BIN)/cog -r README.md

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
