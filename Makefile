# Two commands do everything: `make serve` and `make test`. Needs Python 3.11 or newer, nothing else.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
export KB_DATA_DIR ?= .kb

.PHONY: serve test check bench openapi clean

## serve: set up, index the notes, serve on http://127.0.0.1:$(PORT)
serve: $(VENV)/.installed
	@$(BIN)/kb index || echo "Not indexed, for the reason above: serving the index as it was."
	@exec $(BIN)/kb serve --port $(PORT)

## test: set up and run all tests
test: $(VENV)/.tested
	@$(BIN)/kb index
	$(BIN)/python -m pytest
	@touch $(VENV)/.passed

## check: the tests, unless they passed since the last change; linters, types, architecture, notes
check: $(VENV)/.passed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/kb lint

## bench: measure speed on this machine
bench: $(VENV)/.tested
	$(BIN)/python -m benchmarks

## openapi: write docs/openapi.json anew
openapi: $(VENV)/.tested
	$(BIN)/python -m api.openapi > docs/openapi.json

clean:
	rm -rf $(VENV) .kb

$(VENV)/.passed: $(VENV)/.tested $(wildcard $(shell git ls-files --cached --others --exclude-standard))
	@$(MAKE) test

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; choose one with PYTHON=…" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml constraints.txt
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -c constraints.txt -e .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt -e '.[dev]'
	@touch $@
