# One folder, .venv, holds everything this project needs; nothing is installed outside it.
#
#   make PYTHON=python3.13 venv       another interpreter (3.11 or newer)
#   make UV= venv                     install with pip even where uv is there
#   IEC63119_REQUIRE_BROWSER=1        a missing browser, TLS stack or npm fails, not skips (CI sets it)

PYTHON ?= python3
UV     ?= uv
ASKED  := $(filter-out default file undefined,$(origin PYTHON))

VENV := .venv
BIN  := $(VENV)/bin

# The rooms a person reads in one sitting: every line and every branch of them is tested.
empty :=
space := $(empty) $(empty)
comma := ,
CORE  := __init__ vocabulary errors edition shapes identifiers records messages wire network \
         session endpoint credential extension setting
FILES := $(CORE:%=refimpl/%.py) $(CORE:%=refimpl/%/*.py) refimpl/play/loopback.py
GATE  := $(subst $(space),$(comma),$(FILES))
# Its own tests are enough for that; the others are spared the cost of counting lines.
OWN   := $(wildcard $(CORE:%=tests/test_%*.py) tests/test_loopback.py tests/test_journeys.py \
           tests/test_real_roaming.py tests/test_roaming.py)
COUNT := coverage report --skip-covered --show-missing --include='$(GATE)' --fail-under=100
# How long an endpoint takes is measured there, so nothing runs beside it.
ALONE := tests/test_hostile.py
# For two cores: three processes, as one of them waits for the browser most of the time (all of
# its tests are as one file), and the tests of a file one after the other.
SHARE := --numprocesses=3 --dist=loadfile --no-loadscope-reorder
SEED  := $(shell date +%s)

.DEFAULT_GOAL := help
.PHONY: help venv npm explore test quick soak check fresh later notebooks site vectors mutants bench dist \
        requirements clean

help: ## say what can be made (this text)
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: ## install everything, hash-checked, into .venv (uv does it if it's there, else pip)
	@PYTHON='$(PYTHON)' ASKED='$(ASKED)' UV='$(UV)' sh tests/install.sh

npm: ## install the tools in JavaScript that tests ask, hash-checked, into tests/npm
	@sh tests/npm/install.sh

explore: venv ## open the explorer in the browser
	$(BIN)/iec63119 explore

test: venv npm ## run every test; the core must be covered line by line, branch by branch
	$(BIN)/python -m pytest $(SHARE) --cov --cov-report= $(OWN)
	$(BIN)/python -m $(COUNT)
	$(BIN)/python -m pytest $(SHARE) $(OWN:%=--ignore=%) $(ALONE:%=--ignore=%)
	$(BIN)/python -m pytest $(ALONE)

quick: venv ## run what takes a minute: no browser, no notebooks, no servers, no other processes
	$(BIN)/python -m pytest --quiet --hypothesis-profile=quick -m 'not slow and not soak'

soak: venv npm ## run what takes minutes: many more examples, mutants, long loads, other Pythons (SEED=n repeats)
	SEED=$(SEED) $(BIN)/python -m pytest -s -m 'soak or hypothesis or mutants' \
	  --hypothesis-profile=soak --hypothesis-seed=$(SEED) --hypothesis-show-statistics

check: venv ## format, lint, types, house rules, and six figures of how it reads; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy refimpl tests
	$(BIN)/python -m pytest --quiet tests/test_house.py
	$(BIN)/python -m tests.readability

fresh: ## install fresh clones on each Python here, by old pip, new pip and uv (FULL=1: and test)
	@$(PYTHON) tests/fresh.py $(if $(FULL),--full)

later: venv ## run the tests that need no browser two years from now (by Debian's faketime)
	@command -v faketime >/dev/null || \
	  { echo "error: faketime is not here; on Debian: apt-get install faketime" >&2; exit 1; }
	@failed=; for file in tests/test_*.py refimpl; do echo "$$file"; \
	  faketime -f +2y $(BIN)/python -m pytest --quiet -m 'not browser and not soak' $$file; \
	  case $$? in 0 | 5) ;; *) failed="$$failed $$file" ;; esac; done; \
	[ -z "$$failed" ] || { echo "error: not so in two years:$$failed" >&2; exit 1; }

notebooks: venv ## run the notebooks again and store what they show
	$(BIN)/iec63119 notebooks

site: venv ## build the static site into build/site (OUT=folder for another)
	$(BIN)/iec63119 site $(or $(OUT),build/site)

vectors: venv ## fill in what the model answers to each vector
	$(BIN)/iec63119 vectors fill

mutants: venv ## draw the sample of generic mutants again (cosmic-ray, in a venv of its own)
	$(PYTHON) -m venv .bench/mutation
	.bench/mutation/bin/pip install --quiet cosmic-ray==8.7.0
	$(BIN)/python -m tests.sampling sample

bench: venv ## measure
	$(BIN)/python -m tests.bench

dist: venv ## build wheel and sdist, and try the wheel in an empty environment
	$(BIN)/python -m tests.dist

requirements: ## pin and hash everything again after a change in pyproject.toml (needs uv)
	@command -v $(UV) >/dev/null || \
	  { echo "error: uv is not here; pip install uv, in a venv of its own on the path" >&2; exit 1; }
	$(UV) pip compile pyproject.toml --quiet --all-extras --no-strip-extras --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	  --no-emit-find-links --output-file requirements.txt

clean: ## remove caches and build products (to start afresh, delete .venv too)
	rm -rf build dist .bench .coverage .coverage.* htmlcov
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -path ./$(VENV) -prune -o -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) \
	  -exec rm -rf {} +

.DEFAULT:
	@echo "error: nothing here makes '$@'; 'make' alone lists what there is" >&2; exit 2
