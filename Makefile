# `make` lists what there is. PYTHON, TORCH and OPTIONS can be given: make demo PYTHON=python3.12 OPTIONS=--no-harmonize
PYTHON ?= python3
TORCH ?= torch==2.13.0
OPTIONS ?=
export ORT_DISABLE_TELEMETRY := 1
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

PAGE_FOLDER := src/cleanplate/serve/page

.PHONY: help demo test test-page page check fuzz mutants bench bench-peers results given clean

help:
	@echo "make demo   make .venv, install the package in it (no torch), write demo/out.jpg from the pictures in examples/"
	@echo "make test   install what the tests need in .venv (torch too), run them"
	@echo "make test-page  the page's tests in the system's Chromium (exit 3 where there is none)"
	@echo "make page   build the page anew from src/cleanplate/serve/page/source (needs node)"
	@echo "make check  run the linter, the type checker and the import contract"
	@echo "make fuzz   50,000 spoiled files at the door: none may crash, hang or leave anything; OPTIONS=\"COUNT SEED\""
	@echo "make mutants  300 small changes of the code, each on the tests that enter it: who survives; OPTIONS=\"--jobs 2 --seed 1\""
	@echo "make bench  how fast and how large, against yardsticks timed in the same run; OPTIONS=\"--quick --json FILE --plot FILE.svg\""
	@echo "make bench-peers  how many times our time other packages take"
	@echo "make results DATA=DIR OUT=DIR  rerun the experiments (hours), rewrite their sections of docs/results.md"
	@echo "make clean  remove .venv and demo/"

demo: .venv/core
	@echo "demo: composing examples/portrait.png with examples/plate.jpg"
	@mkdir -p demo
	@$(BIN)/cleanplate compose examples/portrait.png examples/plate.jpg -o demo/out.jpg --overwrite $(OPTIONS)
	@echo "demo: the picture is $(CURDIR)/demo/out.jpg"

test: .venv/tools
	@echo "test: running the tests"
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(OPTIONS)

test-page: .venv/page
	@$(BIN)/python tests/page/browser.py
	@echo "test-page: running the page's tests"
	@PAGE=1 $(BIN)/python -m pytest tests/page $(OPTIONS)

page:
	@cd $(PAGE_FOLDER) && npm ci --silent --no-audit --no-fund && npm run --silent build

check: .venv/tools
	@echo "check: linter"
	@$(BIN)/ruff check .
	@echo "check: types"
	@$(BIN)/mypy
	@echo "check: who imports whom"
	@$(BIN)/lint-imports

fuzz: .venv/tools
	@$(BIN)/python -m benchmarks.fuzz $(OPTIONS)

mutants: .venv/tools
	@$(BIN)/python -m benchmarks.mutants $(OPTIONS)

bench: .venv/measuring
	@$(BIN)/python -m benchmarks.speed $(OPTIONS)

bench-peers: .venv/measuring
	@$(BIN)/python -m benchmarks.peers $(OPTIONS)

results: given .venv/tools
	@for each in ablations style stability two-stage; do \
		echo "results: $$each"; \
		$(BIN)/python -m cleanplate.training.experiments $$each --data "$(DATA)" --out "$(OUT)" $(OPTIONS) || exit; \
	done
	@$(BIN)/python -m cleanplate.training.experiments write --out "$(OUT)"

given:
	@test -n "$(DATA)" && test -n "$(OUT)" || \
		{ echo "make results needs DATA=, a folder laid out as docs/training.md says, and OUT=, where all is kept"; exit 2; }

clean:
	@echo "clean: removing .venv and demo/"
	@rm -rf .venv demo

# The files below say that a step was done; each is made last, so that an interrupted step is done again.

.venv/made:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": give one by PYTHON=")'
	@echo "making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/core: .venv/made pyproject.toml
	@echo "installing cleanplate and what it needs in .venv"
	@$(PIP) --editable .
	@touch $@

.venv/tools: .venv/core pyproject.toml
	@echo "installing torch and the tools of the tests in .venv (this takes minutes)"
	@$(PIP) "$(TORCH)"
	@$(PIP) --editable ".[train,dev]"
	@touch $@

.venv/page: .venv/tools pyproject.toml
	@echo "installing what drives a browser in .venv"
	@$(PIP) --editable ".[page]"
	@touch $@

.venv/measuring: .venv/core pyproject.toml
	@echo "installing what the benches compare with in .venv"
	@$(PIP) --editable ".[bench,openvino]"
	@touch $@
