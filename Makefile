# Every target sets up what it needs: its own virtual environment with the
# versions of constraints.txt. PYTHON names the interpreter to start from; without
# it the first one found that is supported.

SUPPORTED = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c '$(SUPPORTED)' 2>/dev/null && echo $$p && exit; done; echo python3)
VENV ?= .venv
BIN = $(VENV)/bin
FLAGS ?=

# Otherwise each of the hundreds of processes that tests start would compile the
# package anew, and each run of pytest all tests.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help search search-enas search-text search-optimizer test test-slow \
  test-data test-backends lint format docs clean

help:
	@echo "make search      search networks for handwritten digits (2 minutes)"
	@echo "make search-enas judge 1,152 cells by weights they share (2 minutes)"
	@echo "make search-text search recurrent cells for text (3 minutes)"
	@echo "make search-optimizer  search update rules of optimizers (5 minutes)"
	@echo "make test        lint and the tests (6 minutes on two cores)"
	@echo "make test-slow   tests that train longer, kill processes, use Ray,"
	@echo "                 and those of test-data"
	@echo "make test-data   tests on real data below NAS_TF_DATA_DIR"
	@echo "make test-backends  layers, training and strategies on JAX and PyTorch"
	@echo "make format      format the code"
	@echo "make docs        write the API reference, build/docs/index.html"
	@echo "FLAGS='--run_dir=DIR' adds flags to a search."

search: $(VENV)/.run
	$(BIN)/python -m nas_tf.search \
	  --flagfile=flags/digits_conv_reinforce.flags $(FLAGS)

search-enas: $(VENV)/.run
	$(BIN)/python -m nas_tf.search \
	  --flagfile=flags/digits_nasbench201_shared.flags $(FLAGS)

search-text: $(VENV)/.run
	$(BIN)/python -m nas_tf.search \
	  --flagfile=flags/pydoc_tree_reinforce.flags $(FLAGS)

search-optimizer: $(VENV)/.run
	$(BIN)/python -m nas_tf.search \
	  --flagfile=flags/digits_update_rule_ppo.flags $(FLAGS)

# Two files at a time, as there are two cores. A file stays in one process,
# whose tests share fixtures and compiled steps. tests/conftest.py decides their
# order. The slowest tests are listed, so that it is seen when one becomes
# slower.
PYTEST = $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
  --durations=30

test: lint
	$(PYTEST)

test-slow: $(VENV)/.done
	$(PYTEST) -m "slow or real_data"

test-data: $(VENV)/.done
	$(PYTEST) -m "real_data and not slow"

# Numerical tests of layers, training and strategies, which run on any backend.
# On TensorFlow `make test` runs them, except those that need another backend too.
BACKENDS = jax torch
BACKEND_TESTS = tests/test_engine.py tests/test_steps.py \
  tests/test_without_tensorflow.py \
  tests/test_process.py::test_jax_computes_with_the_threads_of_a_worker \
  tests/test_standalone.py::test_out_of_memory_is_a_status_on_every_backend
LAYER_TESTS = tests/test_nas_cell.py tests/test_nas_dropout.py \
  tests/test_nas_in_keras.py tests/test_tree_cell.py \
  tests/test_tree_functions.py tests/test_tree_rnn.py \
  tests/test_scan.py tests/test_word_dropout.py \
  tests/test_addons_weights.py tests/test_local_contrast_normalization.py \
  tests/test_fit.py tests/test_lessons.py tests/test_classification.py \
  tests/test_supervised.py tests/test_language_modelling.py \
  tests/test_engine.py tests/test_stateless.py tests/test_pictures.py \
  tests/test_reader.py tests/test_raw_model.py \
  tests/test_steps.py tests/test_decays.py tests/test_sign_optimizer.py \
  tests/test_optimizers_in_keras.py tests/test_optimizers_update_rule.py \
  tests/test_weight_average.py tests/test_precision.py tests/test_drop_path.py \
  tests/test_adam_then_sgd.py tests/test_additive_attention.py

# What JAX compiles here runs once or twice, so it is not optimised.
test-backends: export JAX_DISABLE_MOST_OPTIMIZATIONS = 1
test-backends: $(VENV)/.backends
	$(PYTEST) $(BACKEND_TESTS)
	for backend in $(BACKENDS); do echo "On $$backend:"; \
	  KERAS_BACKEND=$$backend $(PYTEST) -m "slow or not slow" \
	    -k "not with_a_step_of_training" $(LAYER_TESTS) || exit; \
	  KERAS_BACKEND=$$backend $(PYTEST) -k "toy or test_searches" \
	    tests/test_strategies.py || exit; \
	done

lint: $(VENV)/.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.done
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.docs
	$(BIN)/python docs/reference.py build/docs

clean:
	rm -rf $(VENV)

# To search and to train.
$(VENV)/.run: setup.py constraints.txt
	@$(PYTHON) -c '$(SUPPORTED)' 2>/dev/null || { echo "error: Expected Python \
	3.11 to 3.13, for instance make PYTHON=python3.12. Received: $(PYTHON)," \
	"$$($(PYTHON) --version 2>&1 | tail -n 1)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip setuptools wheel
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

# Also to test, with Ray and Optuna.
$(VENV)/.done: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --constraint constraints.txt \
	  --editable '.[test]'
	touch $@

# PyPI's PyTorch for Linux is that for GPUs, of gigabytes. One for CPUs does as
# well, of the same version and installed before.
$(VENV)/.backends: $(VENV)/.done
	$(BIN)/python -m pip install --quiet --constraint constraints.txt \
	  --editable '.[backends]'
	touch $@

$(VENV)/.docs: $(VENV)/.done
	$(BIN)/python -m pip install --quiet --constraint constraints.txt \
	  --editable '.[docs]'
	touch $@
