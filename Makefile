# Two commands take a bare clone all the way: `make run` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes
FLASK := $(BIN)/flask --app eventsapp.app
PYBABEL := $(BIN)/pybabel
TRANSLATIONS := eventsapp/translations
TEMPLATE := $(VENV)/messages.pot
COMPILED := $(patsubst %.po,%.mo,$(wildcard $(TRANSLATIONS)/*/LC_MESSAGES/*.po))

# PYTEST_ARGS takes what pytest takes, for instance "-k seats" or "-n 0".
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal -q $(PYTEST_ARGS)

run demo bench bench-mail migration: export EVENTS_MODE ?= demo

help: ## Show what there is to type
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@deploy/make_venv.sh

$(VENV)/run.stamp: requirements.lock | $(BIN)/python
	@echo "Installing the libraries of requirements.lock"
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/test.stamp: requirements-dev.lock | $(BIN)/python
	@echo "Installing the libraries of requirements-dev.lock"
	@$(PIP) -r requirements-dev.lock
	@touch $(VENV)/run.stamp $@

%.mo: %.po | $(VENV)/run.stamp
	@$(PYBABEL) --quiet compile --input-file $< --output-file $@

# For who runs it without leave to write beside it. Twice: with -OO, as the workers run, docstrings
# and assertions are left out, and Python keeps those files apart.
compile: $(VENV)/run.stamp $(COMPILED) ## Make all that a server needs, before it is started
	@$(BIN)/python -m compileall -q -o 0 -o 2 $(VENV)/lib config eventsapp migrations deploy

run: $(VENV)/run.stamp $(COMPILED) ## Start the product with its demo programme
	@$(FLASK) serve

demo: $(VENV)/run.stamp ## Let the main job play itself against the running product
	@$(FLASK) demo-play

test: $(VENV)/test.stamp $(COMPILED) packages-test ## Run every test
	@$(PYTEST) tests

test-fast: $(VENV)/test.stamp $(COMPILED) packages-test ## Run the unit, web and structure tests
	@$(PYTEST) tests/unit tests/web tests/structure

test-browser: $(VENV)/test.stamp $(COMPILED) packages-test ## Run the journeys in Chromium
	@$(PYTEST) tests/browser

test-delivery: $(VENV)/test.stamp $(COMPILED) packages-test ## Run the tests over real SMTP
	@$(PYTEST) tests/delivery

test-kills: $(VENV)/test.stamp $(COMPILED) packages-test ## Kill senders, and whole processes, at 60 points each while 2,000 mails go out
	@TEST_KILLS=60 $(PYTEST) tests/delivery/test_kills.py tests/delivery/test_killed_processes.py

lint: $(VENV)/test.stamp ## Check format, style and the import rule
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-logo
	@git ls-files '*.py' '*.html' '*.css' '*.js' ':!*vendor*' ':!migrations/versions' | xargs wc -l \
		| awk '$$2 != "total" && $$1 > 350 {print "longer than 350 lines, split it?", $$2, $$1}'

types: $(VENV)/test.stamp ## Check the types
	@$(BIN)/mypy

bench: $(VENV)/test.stamp $(COMPILED) packages-bench ## Measure, and print one line a figure
	@$(BIN)/python -m bench

bench-mail: $(VENV)/test.stamp $(COMPILED) packages-bench ## Measure mail alone
	@$(BIN)/python -m bench mail

migration: $(VENV)/run.stamp ## Write a migration for changed models: make migration m="what changes"
	@$(FLASK) db upgrade
	@$(FLASK) db migrate --message "$(m)" --rev-id \
		"$$(printf '%04d' $$(( $$(ls migrations/versions | grep -cE '^[0-9]{4}_') + 1 )))"

translations: $(VENV)/run.stamp ## Gather the texts, bring the Dutch file up to date, compile it
	@$(PYBABEL) --quiet extract --mapping-file babel.cfg --keywords lazy_gettext \
		--keywords lazy_ngettext:1,2 --sort-output --no-location --width 0 \
		--project eventsapp --output-file $(TEMPLATE) .
	@$(PYBABEL) --quiet update --input-file $(TEMPLATE) --output-dir $(TRANSLATIONS) --locale nl \
		--init-missing --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 0
	@$(MAKE) $(TRANSLATIONS)/nl/LC_MESSAGES/messages.mo

settings: $(VENV)/run.stamp ## Write docs/settings.md from config/fields.py
	@$(BIN)/python -m docs.build_settings

packages-%:
	@deploy/debian_packages.sh $*

clean: ## Remove what was made, the kept data in instance/ aside
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis \
		.coverage test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@find $(wildcard eventsapp) . -name '*.mo' -delete

.PHONY: help compile run demo test test-fast test-browser test-delivery test-kills lint types bench bench-mail migration \
	translations settings clean
