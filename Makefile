# SPDX-License-Identifier: EUPL-1.2
# Everything runs from .venv (Python) and node_modules (Solidity tools); both are made on first use from the lock files.
# Stamp files (.venv/.ready, node_modules/.ready) keep a second run quick.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

PY := .venv/bin/python
# Run in contracts/. Called through Node, not node_modules/.bin: npm 10 leaves the links out of a clean install.
FORGE := node ../node_modules/@foundry-rs/forge/bin.mjs
SOLHINT := node node_modules/solhint/solhint.js --noPoster --disc
PACKAGES := ssi edge issuer holder verifier programmable_money contracts specs stuiver examples tests
# Tests of one group share services that are slow to start, so they stay in one process.
PYTEST_ARGS ?= -n 2 --dist loadgroup
BENCH_JSON ?= bench.json
UV := uv==0.13.9

# Node is needed for the Solidity side only. In CI its absence is an error; elsewhere it is said loudly and skipped.
HAVE_NODE := $(shell command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 && node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' && echo yes)
NODE_SETUP := $(if $(HAVE_NODE),node_modules/.ready,)
define need_node
	@if [ -z "$(HAVE_NODE)" ]; then \
	  echo "!! Node.js 20 or later with npm was not found. LEFT OUT: $(1)."; \
	  if [ "$${CI:-}" = "true" ]; then echo "!! CI=true: this is an error."; exit 1; fi; \
	fi
endef

.PHONY: help setup system demo test up bench check analyse format lock clean

help: ## Print this list
	@echo "Stuiver: prove that you qualify, show nothing else. Targets:"
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /\1|/' | while IFS='|' read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

setup: .venv/.ready $(NODE_SETUP) system ## Install the locked dependencies into .venv and node_modules
	$(call need_node,the Solidity tools in node_modules)

# A real database and a real browser for the tests. Each is tried once; without it the tests that need it say so.
system: ## Install PostgreSQL and Chromium with apt where that is possible; tests need them
	@.ci/system-packages postgresql:/usr/lib/postgresql chromium:/usr/bin/chromium

demo: .venv/.ready ## Tell the Kindpakket story from credential to settlement on the embedded chain
	@echo "== demo: the Kindpakket story on the embedded chain"
	@.venv/bin/stuiver demo kindpakket $(DEMO_ARGS)

up: .venv/.ready ## Start a municipality on this machine, with pages to click
	@echo "== up: a municipality on this machine"
	@.venv/bin/stuiver up $(UP_ARGS)

bench: .venv/.ready $(NODE_SETUP) ## Measure everything that must hold, print whether it does and write bench.json
	@echo "== bench: measure what must hold, write $(BENCH_JSON)"
	$(call need_node,figures that need a real node)
	@$(PY) -m tests.bench --json $(BENCH_JSON)

test: .venv/.ready $(NODE_SETUP) system ## Run the contract tests (forge) and the Python tests (pytest, two processes)
	$(call need_node,contract tests with forge and all tests on anvil)
ifneq ($(HAVE_NODE),)
	@echo "== test: contracts with forge, beside the Python tests"
	@mkdir -p build; (cd contracts && FOUNDRY_PROFILE=$${FOUNDRY_PROFILE:-tests} $(FORGE) test) >build/forge.txt 2>&1 & forge=$$!; \
	  echo "== test: Python with pytest"; python=0; $(PY) -m pytest $(PYTEST_ARGS) || python=$$?; \
	  contracts=0; wait $$forge || contracts=$$?; \
	  echo "== test: contracts with forge"; \
	  if [ $$contracts = 0 ]; then tail -n 3 build/forge.txt; else cat build/forge.txt; fi; \
	  [ $$python = 0 ] && [ $$contracts = 0 ]
else
	@echo "== test: Python with pytest"
	@$(PY) -m pytest $(PYTEST_ARGS)
endif

check: .venv/.ready $(NODE_SETUP) ## Lint, types, import rules, Solidity lint, freshness of the compiled artifacts
	@echo "== check: ruff"
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet .
	@echo "== check: mypy --strict"
	@.venv/bin/mypy --no-error-summary
	@echo "== check: import rules"
	@.venv/bin/lint-imports --no-logo
	$(call need_node,Solidity lint and the freshness of contracts/artifacts)
ifneq ($(HAVE_NODE),)
	@echo "== check: solhint"
	@$(SOLHINT) --config .solhint.json --max-warnings 0 'contracts/src/**/*.sol'
	@$(SOLHINT) --config .solhint-test.json --max-warnings 0 'contracts/{test,symbolic}/**/*.sol'
	@echo "== check: contracts/artifacts are what the sources compile to"
	@node contracts/build.mjs --check
	@if [ "$${CI:-}" = "true" ]; then $(MAKE) analyse; fi
endif
	@echo "== check: all good"

# Compiles once for each: a few minutes. halmos runs only what contracts/symbolic says, with the settings of foundry.toml.
analyse: .venv/.ready $(NODE_SETUP) .venv-analysis/.ready ## Look for faults in the contracts with slither, prove payments with halmos
	$(call need_node,what slither finds and what halmos proves)
ifneq ($(HAVE_NODE),)
	@echo "== analyse: slither"
	@mkdir -p build; rm -f build/slither.json
	@.venv-analysis/bin/slither contracts/analysis.json --compile-force-framework Solc-json --solc contracts/solc \
	  --filter-paths node_modules --exclude-low --exclude-informational --exclude-optimization \
	  --fail-none --json build/slither.json >build/slither.txt 2>&1 || { cat build/slither.txt; exit 1; }
	@$(PY) -m tests.contracts.analysis build/slither.json
	@echo "== analyse: halmos"
	@cd contracts && PATH="$(CURDIR)/.venv-analysis/bin:$$PATH" FOUNDRY_SRC=symbolic FOUNDRY_TEST=symbolic FOUNDRY_SCRIPT=symbolic \
	  FOUNDRY_OUT=out/symbolic FOUNDRY_CACHE_PATH=cache/symbolic \
	  halmos --root . --forge-build-out out/symbolic --contract PayProof --no-status $(HALMOS_ARGS)
endif

format: .venv/.ready ## Format the Python code and apply safe lint fixes
	@echo "== format: ruff"
	@.venv/bin/ruff check --quiet --fix .
	@.venv/bin/ruff format --quiet .

lock: .venv/.ready ## Renew requirements.lock and package-lock.json from pyproject.toml and package.json
	@echo "== lock: requirements.lock"
	@$(PY) -m pip install -qq '$(UV)'
	@.venv/bin/uv pip compile pyproject.toml --quiet --universal --generate-hashes --python-version 3.11 --extra dev \
	  --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --upgrade -o requirements.lock
	@echo "== lock: requirements-analysis.lock"
	@.venv/bin/uv pip compile requirements-analysis.in --quiet --universal --generate-hashes --python-version 3.11 \
	  --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --upgrade -o requirements-analysis.lock
	$(call need_node,package-lock.json)
ifneq ($(HAVE_NODE),)
	@echo "== lock: package-lock.json"
	@npm install --package-lock-only --loglevel=error
endif

clean: ## Remove .venv, node_modules and everything generated
	@echo "== clean: remove .venv, node_modules, caches and build output"
	@rm -rf .venv .venv-analysis node_modules build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache contracts/out contracts/cache bench.json
	@find $(PACKAGES) -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.ready: requirements.lock pyproject.toml
	@echo "== setup: Python packages from requirements.lock into .venv"
	@if [ ! -x $(PY) ]; then \
	  for candidate in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then "$$candidate" -m venv .venv; break; fi; \
	  done; \
	  if [ ! -x $(PY) ]; then echo "!! Python 3.11 or later with its venv module was not found. Install it or set PYTHON=/path/to/python."; exit 1; fi; \
	fi
	@$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Apart: slither brings web3 and halmos brings solvers, which nothing that is delivered needs. halmos calls forge by its name.
.venv-analysis/.ready: requirements-analysis.lock .venv/.ready
	@echo "== setup: slither and halmos from requirements-analysis.lock into .venv-analysis"
	@$(PY) -m venv .venv-analysis
	@.venv-analysis/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-analysis.lock
	@printf '#!/bin/sh\nexec node "%s/node_modules/@foundry-rs/forge/bin.mjs" "$$@"\n' "$(CURDIR)" >.venv-analysis/bin/forge
	@chmod +x .venv-analysis/bin/forge
	@touch $@

node_modules/.ready: package-lock.json package.json .npmrc
	@echo "== setup: Solidity tools from package-lock.json into node_modules"
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@
