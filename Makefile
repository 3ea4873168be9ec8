# make         set up .venv from the lock and run the quick study
# make test    set up and run the tests
# make lint    set up and run every check of the code
# make lock    resolve envs/*.in again
# make clean   remove .venv and what the study made

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip

.PHONY: study setup test lint lock clean

study: .venv/ready
	$(BIN)/snakemake --cores 1 results/tables.md figures
	@echo
	@echo "Tables:  results/tables.md  (CSV and LaTeX: results/tables/)"
	@echo "Figures: results/figures/   (SVG, PDF and PNG)"

setup: .venv/ready .venv/ready-dev

test: setup
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

lock: .venv/bin/uv
	cd envs && ../$(UV) compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url -q requirements.in -o requirements.txt
	cd envs && ../$(UV) compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url -q dev.in -o dev.txt

clean:
	rm -rf .venv .snakemake results/data results/runs results/tables results/tables.md results/figures results/logs

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is too old: Python 3.11 or newer is needed; say make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check uv

.venv/ready: envs/requirements.txt | .venv/bin/uv
	$(UV) install --quiet --python $(BIN)/python --require-hashes -r envs/requirements.txt
	touch $@

.venv/ready-dev: envs/dev.txt .venv/ready
	$(UV) install --quiet --python $(BIN)/python --require-hashes -r envs/dev.txt
	touch $@
