# Everything a person or a CI does here. `make help` lists it; each target makes what it needs by itself.
.PHONY: help run test lint images bench
.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

run:  ## set up what is missing and serve on http://localhost:8000 (settings: README.md)
	@sh scripts/setup.sh requirements.lock
	@exec .venv/bin/python manage.py serve

test:  ## set up what is missing and run every test on the real parts; PYTEST_ARGS="-k name" narrows it
	@exec sh scripts/test.sh

lint:  ## ruff and mypy
	@sh scripts/setup.sh requirements-dev.lock
	@.venv/bin/ruff check .
	@.venv/bin/mypy .

images:  ## build the images of workspaces now instead of when first needed
	@sh scripts/setup.sh requirements.lock
	@.venv/bin/python -m workspaces.engine.host
	@exec .venv/bin/python manage.py images

bench:  ## measure this machine (see bench/)
	@sh scripts/setup.sh requirements-dev.lock
	@.venv/bin/python scripts/test_parts.py postgresql redis-server
	@exec .venv/bin/python -m bench
