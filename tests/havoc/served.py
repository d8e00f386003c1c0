"""The processes of the product, forked by a nursery that has loaded all of it: `web` and `worker`.

Each is its line of the Procfile. Only the sweeps that a run waits for come faster than each minute,
and the tasks named do nothing: the run must then report what they would have found.
"""

import os
import shlex
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from celery.__main__ import main as celery
from django.db import connections
from django.template.loader import get_template
from django.urls import get_resolver

from lms.celery import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("courses/course.html", "courses/reading.html", "quizzes/attempt.html", "500.html")
LOADED = (
    "lms.wsgi", "granian.cli", "celery.bin.worker", "celery.apps.worker",
    "kombu.transport.redis", "kombu.transport.filesystem",
)  # fmt: skip
NEEDED = ("certificates.sweeps.sweep_certificates", "quizzes.sweeps.sweep_attempts")
DEFAULTS = {"PORT": "8000", "GRANIAN_WORKERS": "2", "GRANIAN_BLOCKING_THREADS": "4"}

# So that no fork has to: what the first request and the first task would load.
for _name in LOADED:
    import_module(_name)
app.loader.import_default_modules()
get_resolver().url_patterns  # noqa: B018
for _name in PAGES:
    get_template(_name)
connections.close_all()


def line_of(name: str) -> list[str]:
    """The words of a process in the Procfile, with the variables filled in."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(f"{name}: exec "))
    text = line.removeprefix(f"{name}: exec ")
    for variable, otherwise in DEFAULTS.items():
        value = os.environ.get(variable, otherwise)
        text = text.replace(f"${{{variable}:-{otherwise}}}", value)
    return shlex.split(text)


def web() -> None:
    from granian.cli import entrypoint

    sys.argv = line_of("web")
    entrypoint()


def worker(every: float, switched_off: list[str]) -> None:
    for entry in app.conf.beat_schedule.values():
        if entry["task"] in NEEDED:
            entry["schedule"] = every
    for name in switched_off:
        app.tasks[name].run = _nothing
    sys.argv = line_of("worker")
    celery()


def _nothing(*_args: Any, **_kwargs: Any) -> None:
    """In the place of a task that was switched off."""


def main(words: list[str]) -> None:
    match words:
        case ["web"]:
            web()
        case ["worker", every, *switched_off]:
            worker(float(every), switched_off)
        case _:
            raise SystemExit(__doc__)
