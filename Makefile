# Everything a fresh machine needs is set up by the first target that is called: Python 3.11, git and make are enough.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: help demo demo-real test check bench bench-models trust serve lock clean

help:                               ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

demo: $(VENV)/base.stamp            ## the main job, end to end, on a simulated book
	$(BIN)/regua demo

demo-real: $(VENV)/base.stamp       ## the same path on the road-fines log (REGUA_ROAD_FINES says where it lies)
	$(BIN)/regua demo-real

test: $(VENV)/dev.stamp             ## every test
	$(BIN)/pytest -n auto --dist loadfile

check: $(VENV)/dev.stamp            ## format, lint, types, imports, house tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/house -n auto --dist loadfile

bench: $(VENV)/dev.stamp            ## speed, side by side, in one run
	$(BIN)/python -m tests.bench $(ARGS)

bench-models: $(VENV)/dev.stamp     ## the models on public data beside simple ones (REGUA_REAL_DATA says where it lies), and beside a simulated truth
	$(BIN)/python -m tests.bench_models $(ARGS)

trust: $(VENV)/dev.stamp            ## what the service promises, tried at full size: hours, in turns that can be stopped; writes TRUST.md
	$(BIN)/python -m tests.trust --full --page TRUST.md $(ARGS)

serve: $(VENV)/base.stamp           ## the API on the loopback address
	$(BIN)/regua serve

lock: $(VENV)/dev.stamp             ## resolve the dependencies again
	requirements/lock.sh $(BIN)/uv

clean:                              ## forget the environment and the demo's book
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .regua

$(VENV)/base.stamp: requirements/base.lock pyproject.toml
	requirements/install.sh $(PYTHON) $(VENV) requirements/base.lock
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock pyproject.toml tests/editor/package-lock.json
	requirements/install.sh $(PYTHON) $(VENV) requirements/dev.lock
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm ci --prefix tests/editor --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@ $(VENV)/base.stamp
