# The front door. `make` lists what there is.
# uv is used where it is installed; otherwise it is brought into .uv/, a folder of this checkout.

.DEFAULT_GOAL := help
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --frozen
PYTHON ?= python3
# Compiled modules are kept between processes, whatever the machine's habit is: the suite starts many.
unexport PYTHONDONTWRITEBYTECODE

help:  ## list the targets
	@awk 'BEGIN {FS = ":.*##"} /^[a-z-]+:.*##/ {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet uv

setup: $(filter .uv/%,$(UV))  ## make .venv with everything in it
	$(UV) sync --frozen --quiet --compile-bytecode

demo: setup  ## a living company in a sandbox: sync, roll-up, push, web page
	$(RUN) bellwether demo

test: setup  ## the whole suite, a real PostgreSQL included, on every core
	$(RUN) pytest -n logical --dist worksteal

lint: setup  ## ruff: style, imports, dead code
	$(RUN) ruff check .

types: setup  ## mypy --strict
	$(RUN) mypy

imports: setup  ## the import contracts
	$(RUN) lint-imports

docs: setup  ## the documentation held against the code
	$(RUN) pytest -q tests/docs

image-steps: setup  ## the Dockerfile's steps, in an empty directory, without a container engine
	$(RUN) python tests/support/image_steps.py

manifests: setup  ## the Kubernetes manifests against the schemas of Kubernetes
	$(RUN) --with kubernetes-validate==1.37.0 pytest -q tests/deploy/test_manifests.py

bench: setup  ## what a sync costs beside a bare download of the same pages, what a push costs (minutes)
	$(RUN) python -m bench.sync jira 10000
	$(RUN) python -m bench.sync asana 10000
	$(RUN) python -m bench.push costs
	$(RUN) python -m bench.push days
	$(RUN) python -m bench.selection

bench-rollup: setup  ## what scoring costs beside bare SQL, a year of points, one changed item: as shares of their bars (minutes)
	missed=0; for mode in trend full one; do $(RUN) python -m bench.rollup $$mode || missed=1; done; exit $$missed

bench-pages: setup  ## what each page costs the server at 2,000 projects, for an admin and for a viewer of one portfolio (an hour)
	$(RUN) python -m bench.pages

chaos: setup  ## kill a sync and a push at fifty random moments, break connections, undo, and compare (minutes)
	$(RUN) python -m bench.kill jira
	$(RUN) python -m bench.kill asana
	$(RUN) python -m bench.push kill
	$(RUN) python -m bench.push reset
	$(RUN) python -m bench.push undo

live: setup  ## a change in a tool to health in it, alone and in a burst; deliveries acknowledged; idle CPU; a soak (an hour)
	$(RUN) python -m bench.live idle
	$(RUN) python -m bench.live latency
	$(RUN) python -m bench.live burst
	$(RUN) python -m bench.acknowledge
	$(RUN) python -m bench.live soak

chaos-live: setup  ## kill processes a hundred times, take the database, the disk, the network, the clock away (an hour)
	CHAOS=all $(RUN) pytest -q tests/chaos tests/service/test_durable.py
	$(RUN) python -m bench.live failover
	$(RUN) python -m bench.live failover --postgres
	$(RUN) python -m bench.live kills
	$(RUN) python -m bench.live kills --postgres

fuzz-api: setup  ## schemathesis over the API, with everything it can think of (half an hour)
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-300} $(RUN) pytest -q tests/config/web/api/test_fuzz.py

clean:  ## take away what the targets made
	rm -rf .venv .uv .mypy_cache .ruff_cache .hypothesis .import_linter_cache

.PHONY: help setup demo test lint types imports docs image-steps manifests bench bench-rollup bench-pages chaos live chaos-live fuzz-api clean
