# Everything a checkout needs: `make run` and `make test` work on a machine with Python >= 3.11, Node and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKSPACE ?= workspace
PORT ?= 8000
WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts web/tsconfig*.json 2>/dev/null)

.PHONY: setup run test test-python test-web test-browser lint format generate bench faults build clean chromium

setup: $(VENV)/.installed src/assay/web/index.html

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Assay needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version)." >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

web/node_modules/.installed: web/package-lock.json
	@command -v npm >/dev/null || { echo "Assay's web app needs Node with npm to be built; install Node 20.19 or newer." >&2; exit 1; }
	cd web && npm ci --no-audit --no-fund
	touch $@

src/assay/web/index.html: web/node_modules/.installed $(WEB_SOURCES)
	cd web && npm run build

run: setup
	$(BIN)/assay quickstart --target $(WORKSPACE) --port $(PORT)

test: setup chromium lint test-python test-web test-browser

test-python: setup
	$(BIN)/python -m pytest -m "not browser" -n auto

test-web: setup
	cd web && npm run test

test-browser: setup chromium
	$(BIN)/python -m pytest -m browser tests/browser

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd web && npm run lint && npm run typecheck

format: setup
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	cd web && npm run format

generate: $(VENV)/.installed web/node_modules/.installed  # after a change of the API: its document and the web app's client
	$(BIN)/python -m assay.api.export_openapi > web/openapi.json
	$(BIN)/python -m assay.api.export_vocabulary > web/src/api/vocabulary.ts
	cd web && npm run generate

bench: setup
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python benchmarks/run.py

faults: setup  # kill every kind of job 50 times
	$(BIN)/python benchmarks/kill_jobs.py --kills 50

build: $(VENV)/.installed src/assay/web/index.html
	$(BIN)/python -m build

chromium:
	@bash scripts/install_chromium.sh

clean:
	rm -rf $(VENV) dist web/node_modules src/assay/web $(WORKSPACE)
