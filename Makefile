# make paper and make test are the two commands; each makes what it needs, .venv first.
PYTHON ?= python3
BIN := .venv/bin
LONG ?=

.PHONY: help paper test lint bench docs wheel clean

help:
	@echo "make paper   formulas, figures, tables and numbers to paper/build/paper.pdf, paper.html, arxiv.tar.gz"
	@echo "make test    lint, format, types, tests, doctests, derivations (LONG=1: the long ones too)"
	@echo "make bench   benchmarks, as ratios within one run; writes the tables of docs/howto/engines.md"
	@echo "make docs    the site to docs/build/html: tutorials, how-to, explanation, reference, gallery"
	@echo "make wheel   the wheel to dist/"
	@echo "make clean   remove everything that is made"

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[paper,explorer,fast,jax,global,cluster,logs,test,bench,docs]"
	touch $@

paper: .venv/ready
	$(BIN)/python paper/make.py

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	LONG=$(LONG) $(BIN)/python -m pytest

bench: .venv/ready
	mkdir -p build
	$(BIN)/python -m pytest tests/benchmarks -n 0 --benchmark-enable --benchmark-columns=median,iqr,rounds \
		--benchmark-json=build/benchmarks.json
	$(BIN)/python -m tests.benchmarks.table build/benchmarks.json

docs: .venv/ready
	$(BIN)/python docs/make.py

wheel: .venv/ready
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean:
	rm -rf .venv build dist docs/build docs/generated paper/build .pytest_cache .hypothesis .mypy_cache .ruff_cache .benchmarks
