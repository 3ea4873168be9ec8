# make                  set up .venv from the lock and run the quick study
# make CONFIG=mine.yaml the same with your settings laid over config.yaml
# make test             set up and run the tests
# make test-slurm       run a small study on a SLURM cluster made on this machine; takes minutes, needs
#                       root on Debian or Ubuntu, and explains why where it cannot run
# make test-faults      cause every fault of docs/faults.md and write that page; takes half an hour;
#                       run it as root if you can, so that it can fill a disk
# make lint             set up and run every check of the code
# make lock             resolve envs/*.in again
# make clean            remove the environments and everything that the study made
# make benchmark        measure speed and memory next to other libraries; takes half an hour
# make benchmark-quick  measure only what .venv holds; takes two minutes
# make gpu-wheels       collect in gpu-wheels/ what make check-gpu needs besides torch,
#                       for the GPU_PYTHON (3.12) of a machine without a network
# make check-gpu        check the GPU of this machine with PYTHON's own torch, 2.11 or
#                       newer; takes six minutes at most and writes results/gpu-check.md and .json

# Where HOME cannot be written, as for a container's users without a name, what keeps
# files there (Snakemake, uv, numba, matplotlib) has a folder of this project.
KEPT := "$(HOME)/.cache"
ifneq ($(shell test -n "$(HOME)" && mkdir -p $(KEPT) 2>&1 && test -w $(KEPT) && echo yes),yes)
export HOME := $(shell mkdir -p .snakemake/home && cd .snakemake/home && pwd)
endif

PYTHON ?= python3
# The lock holds no packages for other versions.
CHECK_PYTHON := import sys; found = sys.version_info[:2]; \
	age = "old" if found < (3, 11) else "new" if found > (3, 14) else ""; \
	sys.exit(0 if not age else "$(PYTHON) is too %s (Python %d.%d): Python 3.11 to 3.14 is \
	needed; run make PYTHON=python3.12" % (age, *found))
BIN := .venv/bin
UV := $(BIN)/uv pip
PEERS := .venv-peers/bin
INSTALL := $(UV) install --quiet --python $(BIN)/python
INSTALL_PEERS := $(UV) install --quiet --python $(PEERS)/python
# The lock holds setuptools, so that installing the library needs no index.
LIBRARY := --no-deps --no-build-isolation --editable .
COMPILE := ../$(UV) compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url

# With their locked versions; SpikingJelly had its CuPy backend until the second.
GPU_PYTHON ?= 3.12
GPU_PACKAGES := snntorch|nvidia-ml-py|psutil|pydantic|pydantic-core|annotated-types
GPU_PACKAGES := $(GPU_PACKAGES)|typing-extensions|typing-inspection|pandas
GPU_PACKAGES := $(GPU_PACKAGES)|python-dateutil|six|pyyaml|spikingjelly|loguru
CUPY_RELEASE := spikingjelly==0.0.0.0.14
GPU_MIB := 60
DOWNLOAD := $(BIN)/pip download --quiet --disable-pip-version-check --no-deps \
	--only-binary=:all: --python-version $(GPU_PYTHON) \
	--platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64

.PHONY: study setup test test-slurm test-faults lint lock conda-pins clean benchmark benchmark-quick
.PHONY: gpu-wheels check-gpu

study: .venv/ready
	$(BIN)/snakemake --cores 1 $(if $(CONFIG),--configfile $(CONFIG))
	@echo
	@echo "Report:  results/report.html  (everything on one page)"
	@echo "Tables:  results/tables.md    (CSV and LaTeX: results/tables/)"
	@test ! -e results/claims.md || \
		echo "Claims:  results/claims.md    (of the published study, judged)"
	@echo "Figures: results/figures/     (SVG, PDF and PNG)"

setup: .venv/ready .venv/ready-dev

test: setup
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal

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
	cd envs && $(COMPILE) requirements.in -o requirements.txt
	cd envs && $(COMPILE) dev.in -o dev.txt
	cd envs && $(COMPILE) slurm.in -o slurm.txt
	cd envs && $(COMPILE) peers.in -o peers.txt
	$(MAKE) conda-pins

# The lines of the lock with a version, as entries of the list after "pip:".
conda-pins:
	sed -i '/^  - pip:/q' envs/spikemeter.yaml
	sed -nE "s/^([a-z0-9].*[^ ]) \\\\$$/      - \"\1\"/p" envs/requirements.txt >> envs/spikemeter.yaml

clean:
	rm -rf .venv .venv-peers .snakemake build gpu-wheels workflow_scripts/spikemeter.egg-info
	rm -rf $(addprefix results/,data runs archive tables tables.md claims.md report.html figures logs) \
		$(addprefix results/,benchmarks benchmarks.md gpu-check.md gpu-check.json)

benchmark: .venv-peers/ready
	@$(MAKE) --no-print-directory .venv-peers/ready-peers || \
		echo "not all other libraries could be installed: only those installed are compared"
	$(PEERS)/python -m benchmarks

benchmark-quick: .venv/ready
	$(BIN)/python -m benchmarks --quick

gpu-wheels: .venv/bin/uv
	rm -rf gpu-wheels
	$(DOWNLOAD) --dest gpu-wheels $$(cat envs/requirements.txt envs/peers.txt | \
		grep -oE '^($(GPU_PACKAGES))==[^ ]+' | sort -u)
	$(DOWNLOAD) --dest gpu-wheels/for-cupy $(CUPY_RELEASE)
	@test $$(du -sm gpu-wheels | cut -f 1) -le $(GPU_MIB) || \
		{ echo "gpu-wheels has more than $(GPU_MIB) MiB"; exit 1; }

check-gpu:
	$(PYTHON) -m benchmarks.gpu

.venv/bin/uv:
	@$(PYTHON) -c '$(CHECK_PYTHON)'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check uv

.venv/ready: envs/requirements.txt pyproject.toml setup.py | .venv/bin/uv
	$(INSTALL) --require-hashes -r envs/requirements.txt
	$(INSTALL) $(LIBRARY)
	touch $@

.venv/ready-dev: envs/dev.txt envs/slurm.txt .venv/ready
	$(INSTALL) --require-hashes -r envs/dev.txt -r envs/slurm.txt
	touch $@

.venv-peers/ready: envs/requirements.txt pyproject.toml setup.py | .venv/bin/uv
	$(BIN)/python -m venv .venv-peers
	$(INSTALL_PEERS) --require-hashes -r envs/requirements.txt
	$(INSTALL_PEERS) $(LIBRARY)
	touch $@

.venv-peers/ready-peers: envs/peers.txt .venv-peers/ready
	$(INSTALL_PEERS) --require-hashes -r envs/peers.txt
	touch $@
