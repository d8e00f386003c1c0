"""A Celery worker of the product that can be told where to be killed.

The product has no hook for this: the function named is exchanged here, before the worker starts,
for one that sends SIGKILL to the whole group of processes.
"""

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import Any
from unittest import mock

from tests.faults.act import die


def after(target: str) -> Callable[..., Any]:
    """Do what the target does, then die."""
    module, _dot, name = target.rpartition(".")
    whole = getattr(import_module(module), name)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        whole(*args, **kwargs)
        die()

    return wrapper


def kill_at(point: str) -> None:
    """Where the file of a certificate is, when the worker goes."""
    targets: dict[str, str] = {
        "drawing": "reportlab.pdfgen.canvas.Canvas.showPage",  # all drawn, nothing written
        "part-written": "certificates.files.os.fsync",  # under a name that is not yet its own
        "file-written": "certificates.files._write",  # whole, and no row names it
        "row-written": "certificates.tasks.send_mail_once",  # and nobody was told
    }
    target = targets[point]
    mock.patch(target, after(target) if point == "file-written" else die).start()


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--at", default="")
    parser.add_argument("--pool", default="solo")
    parser.add_argument("--every", type=int, default=0, help="seconds, in place of the minute")
    options = parser.parse_args(words)
    from lms.celery import app

    words = [
        "worker",
        "--pool",
        options.pool,
        "--concurrency",
        "1",
        "--loglevel",
        "INFO",
        "--hostname",
        "faults@%h",
        "--without-gossip",
        "--without-mingle",
    ]
    if options.at:
        kill_at(options.at)
    if options.every:
        for entry in app.conf.beat_schedule.values():
            entry["schedule"] = float(options.every)
        words += ["--beat", "--scheduler", "lms.clock:Scheduler"]
    app.worker_main(words)
