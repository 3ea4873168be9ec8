# make         set up .venv from the lock and run the quick study
# make test    set up and run the tests
# make test-slurm  send a small study through a SLURM cluster made on this machine, in minutes;
#                  needs root on a Debian-like system, and says so where it cannot
# make test-faults  cause every fault of docs/faults.md and write that page, in half
#                   an hour; as root where it can, for disks that are full
# make lint    set up and run every check of the code
# make lock    resolve envs/*.in again
# make clean   remove .venv and what the study made
# make benchmark        measure speed and memory beside other libraries, in half an hour
# make benchmark-quick  the same in a minute or two, beside what .venv holds

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip
PEERS := .venv-peers/bin

.PHONY: study setup test test-slurm test-faults lint lock clean benchmark benchmark-quick

study: .venv/ready
	$(BIN)/snakemake --cores 1
	@echo
	@echo "Report:  results/report.html  (everything on one page)"
	@echo "Tables:  results/tables.md    (CSV and LaTeX: results/tables/)"
	@echo "Claims:  results/claims.md    (the paper's, judged)"
	@echo "Figures: results/figures/     (SVG, PDF and PNG)"

setup: .venv/ready .venv/ready-dev

test: setup
	$(BIN)/python -m pytest

test-slurm: setup
	$(BIN)/python -m pytest -m slurm tests/cluster

test-faults: setup
	FAULTS_PAGE=docs/faults.md $(BIN)/python -m pytest -m '' tests/faults

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

lock: .venv/bin/uv
	cd envs && ../$(UV) compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url -q requirements.in -o requirements.txt
	cd envs && ../$(UV) compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url -q dev.in -o dev.txt
	cd envs && ../$(UV) compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url -q slurm.in -o slurm.txt
	cd envs && ../$(UV) compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url -q peers.in -o peers.txt

clean:
	rm -rf .venv .venv-peers .snakemake results/data results/runs results/tables results/tables.md results/claims.md results/report.html results/figures results/logs results/benchmarks results/benchmarks.md

benchmark: .venv-peers/ready
	@$(MAKE) --no-print-directory .venv-peers/ready-peers || \
		echo "the other libraries could not be installed: only those that are there are compared"
	PYTHONPATH=workflow_scripts $(PEERS)/python -m benchmarks

benchmark-quick: .venv/ready
	PYTHONPATH=workflow_scripts $(BIN)/python -m benchmarks --quick

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is too old: Python 3.11 or newer is needed; say make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check uv

.venv/ready: envs/requirements.txt | .venv/bin/uv
	$(UV) install --quiet --python $(BIN)/python --require-hashes -r envs/requirements.txt
	touch $@

.venv/ready-dev: envs/dev.txt envs/slurm.txt .venv/ready
	$(UV) install --quiet --python $(BIN)/python --require-hashes -r envs/dev.txt -r envs/slurm.txt
	touch $@

.venv-peers/ready: envs/requirements.txt | .venv/bin/uv
	$(BIN)/python -m venv .venv-peers
	$(UV) install --quiet --python $(PEERS)/python --require-hashes -r envs/requirements.txt
	touch $@

.venv-peers/ready-peers: envs/peers.txt .venv-peers/ready
	$(UV) install --quiet --python $(PEERS)/python --require-hashes -r envs/peers.txt
	touch $@
