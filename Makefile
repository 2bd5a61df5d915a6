# Two commands do everything: `make serve` and `make test`. Needs Python 3.11 or newer, nothing else.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
# One process of tests for each processor, at most four: each loads the encoder.
AT_ONCE := -n auto --maxprocesses=4
BY_FILE := $(AT_ONCE) --dist loadfile --no-loadscope-reorder
export KB_DATA_DIR ?= .kb
# A hash of every file that is not ignored; without git a different one each time.
CONTENTS = { git ls-files -z --cached --others --exclude-standard 2>/dev/null | xargs -0 -r sha256sum 2>/dev/null | grep . \
	|| date +%s%N; } | sha256sum

.PHONY: serve test test-deep test-browser check bench relevance levels alignment docs clean

## serve: set up, index the notes, serve on http://127.0.0.1:$(PORT)
serve: $(VENV)/.installed
	@$(BIN)/kb index || echo "Not indexed, for the reason above: serving what the index holds."
	@exec $(BIN)/kb serve --port $(PORT)

## test: set up and run all tests but those of the pages; what can go on for long takes a short form
test: $(VENV)/.tested
	@$(BIN)/kb index
	@$(CONTENTS) > $(VENV)/.running
	$(BIN)/python -m pytest $(BY_FILE)
	@mv $(VENV)/.running $(VENV)/.passed

## test-deep: the long form of the tests of leaks, interruption, damaged notes and the contract (an hour)
test-deep: $(VENV)/.tested
	@$(BIN)/kb index
	KB_TEST_DEPTH=deep $(BIN)/python -m pytest -m deep $(AT_ONCE) --timeout=3600

## test-browser: run the tests of the pages in Chromium (Debian's packages chromium and default-jre-headless)
test-browser: $(VENV)/.tested
	@$(BIN)/kb index
	@$(CONTENTS) > $(VENV)/.running-browser
	KB_TEST_DATA_DIR=$(abspath $(KB_DATA_DIR)) $(BIN)/python -m pytest $(AT_ONCE) --dist loadfile tests/browser
	@mv $(VENV)/.running-browser $(VENV)/.passed-browser

## check: all tests, unless they have passed on just these files; linters, types, architecture, notes
check: $(VENV)/.tested
	@$(CONTENTS) | cmp -s - $(VENV)/.passed || $(MAKE) test
	@$(CONTENTS) | cmp -s - $(VENV)/.passed-browser || $(MAKE) test-browser
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/kb lint

## bench: measure speed on this machine and write docs/performance.md (an hour); PARTS="asking peers" and SIZES=today,20000 name some of it
bench: $(VENV)/.tested
	$(BIN)/python -m benchmarks $(PARTS) $(if $(SIZES),--sizes $(SIZES))

## relevance: measure what each part of the search does for relevance, and write it into docs/ablation.md (half an hour)
relevance: $(VENV)/.tested
	$(BIN)/kb index
	$(BIN)/python -m benchmarks.relevance

## levels: fit anew what scores mean, print it, and with WRITE=1 write it into search/rank/calibrate.py (some minutes)
levels: $(VENV)/.tested
	$(BIN)/python -m benchmarks.levels $(if $(WRITE),--write)

## alignment: train the corrections of the built-in encoder anew, on the notes as they are (half an hour)
alignment: $(VENV)/.tested benchmarks/alignment.safetensors
	$(BIN)/python -m benchmarks.adaptation

# What was learned from manuals of Debian; delete it to learn it anew (Debian, a network and half an hour).
benchmarks/alignment.safetensors: | $(VENV)/.tested
	$(BIN)/python -m benchmarks.alignment

## docs: write the documents anew that are made of code and content
docs: $(VENV)/.tested
	$(BIN)/python -m api.generated_docs

clean:
	rm -rf $(VENV) .kb .screenshots

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
