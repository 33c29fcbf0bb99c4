# Everything a fresh machine needs is set up by the first target that is called.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
LOCK   := requirements/dev.lock

.PHONY: demo demo-real test check bench serve lock clean

demo: $(VENV)/base.stamp            ## the main job, end to end, on a simulated book
	$(BIN)/regua demo

demo-real: $(VENV)/base.stamp       ## the same path on the road-fines log
	$(BIN)/regua demo-real

test: $(VENV)/dev.stamp             ## every test
	$(BIN)/pytest

check: $(VENV)/dev.stamp            ## format, lint, types, imports, house tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/house

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .regua

$(VENV)/base.stamp: requirements/base.lock pyproject.toml
	requirements/install.sh $(PYTHON) $(VENV) requirements/base.lock
	touch $@

$(VENV)/dev.stamp: requirements/dev.lock pyproject.toml
	requirements/install.sh $(PYTHON) $(VENV) requirements/dev.lock
	touch $@ $(VENV)/base.stamp
