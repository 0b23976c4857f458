.DEFAULT_GOAL := help
.PHONY: help run test setup setup-dev extension lint format bench demo docs

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup extension  ## set everything up and start watching over this machine's chats
	@.venv/bin/groundwire run --self-test $(ARGS)

test: setup-dev extension  ## run all tests
	@scripts/browser.sh
	@.venv/bin/python -m pytest $(ARGS)

setup:  ## prepare .venv only
	@scripts/setup.sh requirements.lock

setup-dev:  ## prepare .venv with the test tools
	@scripts/setup.sh requirements-dev.lock

extension:  ## build the browser extension, if Node.js is there
	@scripts/extension.sh

lint: setup-dev  ## style, types, import directions
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/lint-imports

format: setup-dev  ## write the style
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

bench: setup-dev  ## speed, as ratios against baselines of the same run
	@.venv/bin/groundwire bench

docs: setup  ## write the generated pages anew
	@.venv/bin/python -m proxy.services_table docs/services.md

demo: setup extension  ## show the whole path without any account
	@.venv/bin/groundwire demo $(ARGS)
