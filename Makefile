# One folder, .venv, holds everything this project needs; nothing is installed outside it.
#
#   make PYTHON=python3.13 venv       another interpreter (3.11 or newer) for a new .venv
#   IEC63119_REQUIRE_BROWSER=1        a missing browser is a failure, not a skipped test (CI sets it)

PYTHON ?= python3

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed

# The rooms a person reads in one sitting: every line and every branch of them is tested.
empty :=
space := $(empty) $(empty)
comma := ,
CORE  := __init__ vocabulary edition errors identifiers records messages wire network session endpoint
GATE  := $(subst $(space),$(comma),$(CORE:%=refimpl/%.py) refimpl/play/loopback.py)
# Its own tests are enough for that; the others are spared the cost of counting lines.
OWN   := $(wildcard $(CORE:%=tests/test_%*.py) tests/test_loopback.py tests/test_journeys.py)
COUNT := coverage report --skip-covered --show-missing --include='$(GATE)' --fail-under=100

.DEFAULT_GOAL := help
.PHONY: help venv explore test quick check notebooks vectors bench requirements clean

help: ## say what can be made (this text)
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(STAMP) ## install everything, hash-checked, into .venv (uv does it if it's there, else pip)

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "error: '$(PYTHON)' is not Python 3.11 or newer; try: make PYTHON=python3.12 $(or $(MAKECMDGOALS),venv)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "error: '$(PYTHON)' lacks the venv module; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@if command -v uv >/dev/null; then install="uv pip install --quiet --python $(BIN)/python"; \
	  else install="$(BIN)/python -m pip install --quiet --disable-pip-version-check"; fi; \
	  set -ex; \
	  $$install --require-hashes --requirement requirements.txt; \
	  $$install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

explore: $(STAMP) ## open the explorer in the browser
	$(BIN)/iec63119 explore

test: $(STAMP) ## run every test; the core must be covered line by line, branch by branch
	$(BIN)/python -m pytest --cov --cov-report= $(OWN)
	$(BIN)/python -m $(COUNT)
	$(BIN)/python -m pytest $(OWN:%=--ignore=%)

quick: $(STAMP) ## run what takes a minute: no browser, no notebooks, no endpoints on the line
	$(BIN)/python -m pytest --quiet --cov --cov-report= $(OWN)
	$(BIN)/python -m $(COUNT)
	$(BIN)/python -m pytest --quiet -m 'not slow and not soak' $(OWN:%=--ignore=%)

check: $(STAMP) ## format, lint, types, house rules, and six figures of how it reads; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy refimpl tests
	$(BIN)/python -m pytest --quiet tests/test_house.py
	$(BIN)/python -m tests.readability

notebooks: $(STAMP) ## run the notebooks again and store what they show
	$(BIN)/iec63119 notebooks

vectors: $(STAMP) ## fill in what the model answers to each vector
	$(BIN)/iec63119 vectors fill

bench: $(STAMP) ## measure
	$(BIN)/python -m tests.bench

requirements: ## pin and hash everything again after a change in pyproject.toml (needs uv)
	uv pip compile pyproject.toml --quiet --all-extras --no-strip-extras --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links --output-file requirements.txt

clean: ## remove caches and build products (to start afresh, delete .venv too)
	rm -rf build dist .bench .coverage .coverage.* htmlcov .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -path ./$(VENV) -prune -o -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -exec rm -rf {} +
