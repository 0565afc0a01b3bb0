# A fresh machine needs Python 3.11 or newer and make; each target does the set-up it needs, in .venv.
# make PYTHON=python3.12 … names the interpreter.

SHELL := /bin/sh
PY := .venv/bin/python
RUNTIME := .venv/.runtime-installed
DEVELOPMENT := .venv/.development-installed
PIP_COMPILE := env -u PIP_FIND_LINKS -u PIP_INDEX_URL -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null \
	CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m piptools compile --quiet --generate-hashes --allow-unsafe \
	--strip-extras --build-deps-for=editable --no-emit-index-url --no-emit-find-links --no-emit-trusted-host
PROOF := tests/reference tests/grammar tests/oracles tests/bad_input/test_odd_requests.py
export PYTHON
# Bytecode is kept, whatever the machine's environment says: else each process compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test serve check format docs bench pages battery feed webhooks follow stopwatch cycle proof faults gallery differential linking lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(RUNTIME)  ## make .venv with .venv/bin/vestibule

demo: $(RUNTIME)  ## provision a directory into two products; ONCE=1 ends after the report, DATA=dir keeps it
	@$(PY) -m vestibule.demo $(if $(ONCE),--once) $(if $(DATA),--data "$(DATA)") $(ARGS)

serve: $(RUNTIME)  ## serve; ARGS="--port 8080 --profile acall" are handed on
	@.venv/bin/vestibule serve $(ARGS)

test: $(DEVELOPMENT)  ## the whole suite, a process for each core; ARGS="tests/scim -k patch" picks
	@sh scripts/saml-idp
	@sh scripts/oidc-provider
	@sh scripts/emulate
	@sh scripts/browser
	@# In their own order: files of few tests, which are begun last otherwise, are often the longest.
	@$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(DEVELOPMENT)  ## formatter, linter, types, import directions, licences
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m pytest tests/house

format: $(DEVELOPMENT)  ## write what check asks of the formatter and the linter
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

docs: $(DEVELOPMENT)  ## the reference pages anew, and all docs as HTML in build/docs
	@$(PY) -m docs.generate
	@$(PY) -m docs.build

bench: $(DEVELOPMENT)  ## the benchmarks; ARGS=--quick keeps them short, ARGS=--with-webhooks has the promises beside 100 endpoints and the feed
	@$(PY) -m bench $(ARGS)

pages: $(DEVELOPMENT)  ## every page of both consoles at 100,000 people: how long the server takes (ARGS="--people 1000")
	@$(PY) -m bench.console_pages $(ARGS)

gallery: $(DEVELOPMENT)  ## screenshots of the console anew, in docs/gallery
	@sh scripts/browser
	@$(PY) -m tests.console.gallery

battery: $(DEVELOPMENT)  ## kill -9 in the middle of a load 50 times, of a demo 10 times (ARGS="--times 5"); 32 connections on a group of 50k
	@$(PY) -m tests.batteries.kill $(or $(ARGS),--times 50)
	@$(PY) -m tests.batteries.kill_demo $(or $(ARGS),--times 10)
	@$(PY) -m tests.batteries.members --store sqlite
	@$(PY) -m tests.batteries.members --store postgresql

follow: $(DEVELOPMENT)  ## kill server and consumer 200 times each under a load, on either store (ARGS="--times 20"), and compare
	@$(PY) -m tests.batteries.follow --store sqlite $(ARGS)
	@$(PY) -m tests.batteries.follow --store postgresql $(ARGS)

stopwatch: $(DEVELOPMENT)  ## from an empty database, by what the console shows, to the first person; and for each example product, into its own table
	@$(PY) -m tests.console.first_user
	@$(PY) -m tests.examples.stopwatch $(ARGS)

cycle: $(DEVELOPMENT)  ## the engine: 10,000 people beside a bare loop, the network unplugged in such a run, a plan for 100,000, kill -9 a hundred times
	@$(PY) -m bench.cycle $(ARGS)
	@$(PY) -m tests.batteries.outage $(ARGS)
	@$(PY) -m tests.batteries.outage --way stall --people 500 --groups 10 --seconds 5
	@$(PY) -m tests.batteries.plan_size
	@$(PY) -m tests.batteries.kill_cycle --times 100

feed: $(DEVELOPMENT)  ## the feed read, against durable creates written, on either store
	@$(PY) -m tests.batteries.feed --store sqlite
	@$(PY) -m tests.batteries.feed --store postgresql

webhooks: $(DEVELOPMENT)  ## 100 webhook endpoints, ten dead, under load: lag, cost, order; then the server killed under load (ARGS="--near 1")
	@$(PY) -m tests.batteries.webhooks $(ARGS)
	@$(PY) -m tests.batteries.webhooks --kills 20 $(ARGS)

linking: $(DEVELOPMENT)  ## 10,000 people against Slack's and Google's real limits: time, requests, memory, lookups beside it; then 50,000 members
	@$(PY) -m tests.batteries.linking $(ARGS)
	@$(PY) -m tests.batteries.linking --members 50000 $(ARGS)

faults: $(DEVELOPMENT)  ## every fault switched into our own server, against every check of the judge; ARGS="no_location" picks
	@$(PY) -m tests.batteries.faults $(ARGS)

proof: $(DEVELOPMENT)  ## the reference, fuzzers and outside judges with TIMES=50 times the examples; ARGS=tests/grammar picks
	@VESTIBULE_PROOF_TIMES=$(or $(TIMES),50) $(PY) -m pytest -n auto $(or $(ARGS),$(PROOF))

differential: $(DEVELOPMENT)  ## TIMES=10000 mutated SAML responses, ours against python3-saml: what it rejects, we reject
	@$(PY) -m tests.sign_on.differential --times $(or $(TIMES),10000) $(ARGS)

lock: $(DEVELOPMENT)  ## resolve the lock files anew; ARGS=--upgrade takes the newest
	@$(PIP_COMPILE) $(ARGS) --output-file requirements.lock pyproject.toml
	@$(PIP_COMPILE) $(ARGS) --extra dev --extra ldap --output-file requirements-dev.lock pyproject.toml

clean:  ## remove .venv, build and caches
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(RUNTIME): requirements.lock pyproject.toml scripts/setup
	@sh scripts/setup requirements.lock
	@touch $@

$(DEVELOPMENT): requirements-dev.lock pyproject.toml scripts/setup
	@sh scripts/setup requirements-dev.lock
	@touch $@ $(RUNTIME)
