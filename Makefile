# `make run` and `make test` need Python 3.11 or newer, git and make; all else they install.

export PORT ?= 8000
export SITE_URL ?= http://127.0.0.1:$(PORT)
export UV_PYTHON_DOWNLOADS := never
export PYTHONUNBUFFERED := 1
unexport VIRTUAL_ENV
# Without compiled modules beside them each of our processes compiles 2,000 of them anew.
unexport PYTHONDONTWRITEBYTECODE

UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .make/bin/uv)
BIN := .venv/bin
SYNC := $(UV) sync --locked --inexact $(if $(wildcard $(BIN)/honcho),--quiet)

.DEFAULT_GOAL := help
.PHONY: help run test bench faults lint scan format messages bundle uv

help:
	@echo 'make run        serve the demonstration at $(SITE_URL) (PORT=8010 for another port)'
	@echo 'make test       all checks and tests, on SQLite and, if reachable, PostgreSQL and Redis'
	@echo '                (ARGS="-k attempt" for some tests and no checks)'
	@echo 'make bench      time the pages under load, an examination of 1,000, the overview over 100,000'
	@echo '                officers and a staff list of 10,000 rows; needs PostgreSQL and Redis, which'
	@echo '                BENCH_DATABASE_URL and BENCH_REDIS_URL name (those on 127.0.0.1)'
	@echo 'make faults     kill, cut, fill and turn the clock under load, 1,000 times on PostgreSQL and'
	@echo '                500 times on SQLite, then look for what was lost; as root, with gcc'
	@echo 'make lint       ruff, import-linter and mypy'
	@echo 'make scan       look for faults: bandit, semgrep with rules of our own, pip-audit'
	@echo 'make format     format the code'
	@echo 'make messages   collect the texts of the interface into lms/locale'
	@echo 'make bundle     one file in dist to install from where there is no internet'

# The path is for the Procfile; /dev/null keeps honcho from an .env that nothing else would read.
# Ctrl-C is honcho's own affair. When the terminal closes honcho cannot stop its processes, for it
# must print first: they are its grandchildren, and end here.
run: uv
	@$(SYNC) --no-dev
	@$(BIN)/python manage.py prepare --demo --listen "$${GRANIAN_HOST:-127.0.0.1}:$(PORT)"
	@(trap '' HUP; exec env PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/honcho --env /dev/null start) & \
	pid=$$!; trap : INT; \
	trap 'for child in $$(pgrep -P $$pid); do pkill -P $$child; done; kill $$pid' HUP TERM; \
	while kill -0 $$pid 2>/dev/null; do wait $$pid; code=$$?; done; exit $$code

test: uv
	@$(SYNC)
	@$(BIN)/python tests/run.py $(ARGS)

bench: uv
	@$(SYNC)
	@$(BIN)/python -m tests.bench

faults: uv
	@$(SYNC)
	@$(BIN)/python -m tests.havoc

lint: uv
	@$(SYNC)
	@$(BIN)/python tests/run.py --checks-only

scan: uv
	@$(SYNC)
	@UV='$(UV)' $(BIN)/python -m tests.scan

format: uv
	@$(SYNC)
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

messages: uv
	@$(SYNC)
	@$(BIN)/python manage.py messages
	@$(BIN)/python manage.py compile_messages

bundle: uv
	@sh lms/ops/deploy/bundle.sh $(UV)

# uv: the one on the PATH, else one in an environment of its own.
uv: $(filter-out uv,$(UV))

.make/bin/uv:
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	    then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo 'Waypost needs Python 3.11 or newer, and none is on the PATH.' >&2; exit 1; \
	fi; \
	rm -rf .make; \
	if ! $$found -m venv .make >/dev/null; then \
	    rm -rf .make; \
	    echo "$$found cannot make a virtual environment; on Debian and Ubuntu the package" \
	        "python3-venv brings what is missing. Or install uv: https://docs.astral.sh/uv/" >&2; \
	    exit 1; \
	fi; \
	.make/bin/pip install --quiet --disable-pip-version-check 'uv>=0.8,<1' || \
	    { rm -rf .make; exit 1; }
