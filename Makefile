# The whole interface; `make` alone prints this help.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## print this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

.venv/.made: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-deps --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/pip check
	@touch $@

.PHONY: env
env: .venv/.made ## make the environment from requirements.lock

.PHONY: run
run: env ## generate the sample district, run the night, print the regional-gap table
	@$(BIN)/jiuzhu sample
	@$(BIN)/jiuzhu nightly

.PHONY: test
test: env ## run every test
	$(BIN)/pytest -n 2 --dist loadgroup

.PHONY: lint
lint: env ## ruff, SQL linter, type checker, every model transpiled to Spark
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models dbt_project/tests
	$(BIN)/mypy
	$(BIN)/python -m tests.transpile

.PHONY: bench
bench: env ## time every step of a night; ratio to one hand-written script
	$(BIN)/python -m tests.bench

.PHONY: docs
docs: env ## one page about every table and column (data/work/docs.html)
	$(BIN)/python -m flows.docs

.PHONY: lock
lock: ## pin every dependency anew (needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --output-file requirements.lock

.PHONY: clean
clean: ## remove the environment and caches (never data/)
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis dbt_project/target
