# What a developer does with this checkout. Bare `make` lists the targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
JOBS   ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-kafka test test-all fuzz chaos chaos-connect lint format docs bench conformance clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv and install Millstream with everything its tests need
	@$(BIN)/python -m compileall -q src # else the first start compiles 200 modules, and each start where no bytecode may be written

$(STAMP): pyproject.toml constraints.txt setup.py src/millstream/log/kafka/native/batches.c
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,kafka]'
	@touch $@

demo: setup ## The main job on the embedded default: page views joined with users from a real Postgres
	@$(BIN)/python demo/run.py

demo-kafka: setup ## The same over a real Kafka broker and a real Connect worker with Debezium (needs Java 17 and Maven)
	@$(BIN)/python demo/run.py kafka

test: setup ## All tests
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup tests

test-all: test fuzz ## All tests and the long campaigns: crash rounds, fuzzing, mutated records
	@MILLSTREAM_LONG=1 $(BIN)/python -m pytest tests -m long --ignore tests/fuzz

fuzz: setup ## 1 000 000 damaged statements, 100 000 damaged records a format, 10 000 000 mutated ones through fast and exact decoders
	@MILLSTREAM_FUZZ=10000000 $(BIN)/python -m pytest tests/formats/test_json_fast.py tests/formats/test_avro_codec.py
	@MILLSTREAM_LONG=1 MILLSTREAM_FUZZ_STATEMENTS=1000000 MILLSTREAM_FUZZ_RECORDS=100000 $(BIN)/python -m pytest -s tests/fuzz -m long

chaos-connect: setup ## 20 rounds of kill -9: Kafka Connect and the server on Kafka; worker, engine and server embedded
	@MILLSTREAM_LONG=1 $(BIN)/python -m pytest -s tests/connect_cluster/test_chaos.py

chaos: setup ## 30 rounds of kill -9 of a server or its Kafka broker; the output must be that of an undisturbed run
	@MILLSTREAM_LONG=1 $(BIN)/python -m pytest tests/kafka/test_chaos.py -m long -s

lint: setup ## ruff, mypy strict, import contracts
	@$(BIN)/ruff check src tests bench demo
	@$(BIN)/ruff format --check src tests bench demo
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup ## Format and sort imports
	@$(BIN)/ruff check --fix --quiet src tests bench demo
	@$(BIN)/ruff format src tests bench demo

docs: setup ## Write the generated pages of docs/ again
	@$(BIN)/python -m millstream.reference

bench: setup ## Measure throughput, latency, memory; prints a line a job
	@$(BIN)/python -m bench

conformance: setup ## Run conformance cases: make conformance DIR=../shared/qtt [ARGS='-k join --json out.json']
	@$(BIN)/python -m tests.conformance $(DIR) $(ARGS)

clean: ## Remove what was built here
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
