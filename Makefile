# Every target sets up what it needs: its own virtual environment with the
# versions of constraints.txt. PYTHON names the interpreter to start from; without
# it the first one found that is supported.

SUPPORTED = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c '$(SUPPORTED)' 2>/dev/null && echo $$p && exit; done; echo python3)
VENV ?= .venv
BIN = $(VENV)/bin
FLAGS ?=

.PHONY: help search search-text test test-slow test-data test-backends lint format clean

help:
	@echo "make search      search networks for handwritten digits (2 minutes)"
	@echo "make search-text search recurrent cells for text (3 minutes)"
	@echo "make test        lint and the tests (under 10 minutes)"
	@echo "make test-slow   tests that train over seeds or kill processes"
	@echo "make test-data   tests on real data below NAS_TF_DATA_DIR"
	@echo "make test-backends  the recurrent layers on TensorFlow, JAX, PyTorch"
	@echo "make format      format the code"
	@echo "FLAGS='--run_dir=DIR' adds flags to a search."

search: $(VENV)/.done
	$(BIN)/python -m nas_tf.search \
	  --flagfile=flags/digits_conv_reinforce.flags $(FLAGS)

search-text: $(VENV)/.done
	$(BIN)/python -m nas_tf.search \
	  --flagfile=flags/pydoc_tree_reinforce.flags $(FLAGS)

# Two files at a time, as there are two cores; a file's fixtures stay together.
TWO_AT_A_TIME = -n 2 --dist loadfile

test: lint
	$(BIN)/python -m pytest $(TWO_AT_A_TIME)

test-slow: $(VENV)/.done
	$(BIN)/python -m pytest -m slow

test-data: $(VENV)/.done
	$(BIN)/python -m pytest -m "real_data and not slow"

# Numerical tests of what is not for TensorFlow alone: layers and training.
BACKENDS = tensorflow jax torch
LAYER_TESTS = $(wildcard tests/test_nas_*.py) tests/test_tree_cell.py \
  tests/test_addons_weights.py tests/test_local_contrast_normalization.py \
  tests/test_training.py tests/test_sequence_training.py tests/test_engines.py \
  tests/test_without_tensorflow.py

test-backends: $(VENV)/.backends
	for backend in $(BACKENDS); do echo "On $$backend:"; \
	  KERAS_BACKEND=$$backend $(BIN)/python -m pytest $(TWO_AT_A_TIME) \
	    $(LAYER_TESTS) || exit; \
	done

lint: $(VENV)/.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.done
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV)

$(VENV)/.done: setup.py constraints.txt
	@$(PYTHON) -c '$(SUPPORTED)' 2>/dev/null || { echo "error: Expected Python \
	3.11 to 3.13, for instance make PYTHON=python3.12. Received: $(PYTHON)," \
	"$$($(PYTHON) --version 2>&1 | tail -n 1)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip setuptools wheel
	$(BIN)/python -m pip install --quiet --constraint constraints.txt \
	  --editable '.[test]'
	touch $@

# PyPI's PyTorch for Linux is that for GPUs, of gigabytes. One for CPUs does as
# well, of the same version and installed before.
$(VENV)/.backends: $(VENV)/.done
	$(BIN)/python -m pip install --quiet --constraint constraints.txt \
	  --editable '.[backends]'
	touch $@
