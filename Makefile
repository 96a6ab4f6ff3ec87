# Idélabbet. `make run` and `make test` set up what they need.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup run test lint bench catalogues audit lock

setup: .venv/ready .venv/catalogues .venv/understanding
	@$(BIN)/python -m compileall -q bot storage

.venv/ready: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	touch $@

.venv/ready-dev: requirements-dev.txt .venv/ready
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	touch $@

.venv/catalogues: .venv/ready $(wildcard locales/*/LC_MESSAGES/*.po)
	$(BIN)/python -m bot.i18n compile
	touch $@

# Trains only when an example or the code of the features has changed.
.venv/understanding: .venv/ready $(wildcard bot/rules/understand/*.py bot/rules/understand/examples/*.yaml bot/rules/emergency/*.yaml)
	$(BIN)/python -m bot.rules.understand.train
	touch $@

run: setup
	$(BIN)/python run_bot.py

test: setup .venv/ready-dev
	$(BIN)/python -m pytest --numprocesses=2 --dist=worksteal $(TESTS)

lint: .venv/ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: setup .venv/ready-dev
	$(BIN)/python -m bench

catalogues: setup
	$(BIN)/python -m bot.i18n --content bot.packs.contents:texts update
	$(BIN)/python run_bot.py check-locales
	$(BIN)/python -m bot.i18n compile

# Needs a network: asks the public list of known faults about every locked dependency.
audit: .venv/ready-dev
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/pip-audit --requirement requirements.txt --require-hashes

lock: .venv/ready-dev
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml --group dev --output-file requirements-dev.txt
