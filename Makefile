# Two commands do everything: `make serve` and `make test`. Needs Python 3.11 or newer, nothing else.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
# One process of tests for each processor, at most four: each loads the encoder.
AT_ONCE := -n auto --maxprocesses=4
BY_FILE := $(AT_ONCE) --dist loadfile --no-loadscope-reorder
LOAD := tests/faults/test_load.py
PIP := $(BIN)/python -m pip --disable-pip-version-check
# The builds of PyTorch for the CPU. Those of the package index are for graphics cards on Linux, 3 GB.
CPU_TORCH = $(shell sed -nE 's/^torch(vision)?==.*/&+cpu/p' constraints.txt)
WHEELHOUSE := wheelhouse
export KB_DATA_DIR ?= .kb
# A hash of every file that is not ignored; without git a different one each time.
CONTENTS = { git ls-files -z --cached --others --exclude-standard 2>/dev/null | xargs -0 -r sha256sum 2>/dev/null | grep . \
	|| date +%s%N; } | sha256sum

.PHONY: serve test test-deep test-browser check bench relevance levels alignment docs wheelhouse sbom clean

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

## test-deep: the long form of the tests of leaks, faults, damaged notes and the contract, load last and alone (two hours; Debian's package strace)
test-deep: $(VENV)/.tested
	@$(BIN)/kb index
	KB_TEST_DEPTH=deep $(BIN)/python -m pytest -m deep $(AT_ONCE) --timeout=3600 --ignore=$(LOAD)
	KB_TEST_DEPTH=deep $(BIN)/python -m pytest $(LOAD) -s

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

## relevance: measure what each part of the search does for relevance, and write it into docs/ablation.md (all texts are encoded five times)
relevance: $(VENV)/.tested
	$(BIN)/kb index
	$(BIN)/python -m benchmarks.relevance

## levels: fit anew what scores mean, print it, and with WRITE=1 write it into search/rank/calibrate.py (some minutes)
levels: $(VENV)/.tested
	$(BIN)/python -m benchmarks.levels $(if $(WRITE),--write)

## alignment: train the corrections of the built-in encoder anew, and fit its token vectors, on the notes as they are (half an hour)
alignment: $(VENV)/.tested benchmarks/alignment.safetensors
	$(BIN)/python -m benchmarks.adaptation
	$(BIN)/python -m benchmarks.late_interaction

# What was learned from manuals of Debian; delete it to learn it anew (Debian, a network and half an hour).
benchmarks/alignment.safetensors: | $(VENV)/.tested
	$(BIN)/python -m benchmarks.alignment

## docs: write the documents anew that are made of code and content
docs: $(VENV)/.tested
	$(BIN)/python -m api.generated_docs

## wheelhouse: all that an installation without a network needs, in one folder (docs/operate.md)
wheelhouse: $(VENV)/.created
	rm -rf build $(WHEELHOUSE)
	mkdir -p build/source $(WHEELHOUSE)
	umask 022; git archive HEAD | tar -x --no-same-permissions -C build/source
	umask 022; SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(PIP) wheel -q -w $(WHEELHOUSE) -c constraints.txt $(CPU_TORCH) './build/source[traces]'
	git archive --prefix=kb/ -o $(WHEELHOUSE)/source.tar.gz HEAD content deploy docs README.md CHANGELOG.md
	cd $(WHEELHOUSE) && sha256sum * > SHA256SUMS

## sbom: the same, installed aside, with a list of its packages and their licences as CycloneDX in sbom.json
sbom: wheelhouse $(VENV)/.tested
	$(PYTHON) -m venv --without-pip build/installed
	$(PIP) --python build/installed install -q --no-index --find-links $(WHEELHOUSE) 'benelux-practice-base[traces]'
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible -o $(WHEELHOUSE)/sbom.json build/installed/bin/python
	cd $(WHEELHOUSE) && sha256sum sbom.json >> SHA256SUMS

clean:
	rm -rf $(VENV) .kb .screenshots build $(WHEELHOUSE)

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; choose one with PYTHON=…" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	@touch $@

# pip finds them where the administrator has named a place that has them; uv knows their publisher's.
$(VENV)/.torch: $(VENV)/.created constraints.txt
	@$(PIP) install -q $(CPU_TORCH) 2> /dev/null \
	|| { $(PIP) install -q -c constraints.txt uv \
	&& $(BIN)/uv pip install --python $(BIN)/python --torch-backend cpu -c constraints.txt torch torchvision; } \
	|| echo "No build of PyTorch for the CPU is to be had here: the larger one for graphics cards is taken (README.md). To try again: rm $@"
	@touch $@

$(VENV)/.installed: $(VENV)/.torch pyproject.toml constraints.txt
	$(PIP) install --progress-bar on -c constraints.txt -e .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(PIP) install -q -c constraints.txt -e '.[dev]'
	@touch $@
