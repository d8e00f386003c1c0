"""Everything between `uv sync` and serving, in one process, for each costs a second to start."""

import errno
import hashlib
import io
import logging
import socket
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from lms.home import demo

STAMP = "static.stamp"  # lies beside the collected files: WhiteNoise would serve it from among them


class Command(BaseCommand):
    help = "Migrate, compile messages, collect static files; with --demo load the demonstration."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load the demonstration, once")
        parser.add_argument(
            "--built", action="store_true", help="messages and static files were made before"
        )
        parser.add_argument(
            "--listen", metavar="HOST:PORT", help="say at once if another program listens here"
        )

    @no_translations
    def handle(self, **options: Any) -> None:
        # What the migrations and the load of the demonstration do is no news on the console.
        logging.getLogger().setLevel(max(logging.WARNING, logging.getLogger().level))
        if options["listen"]:
            check_free(options["listen"])
        if is_behind():
            self.stdout.write("Preparing the database …")
            call_command("migrate", verbosity=0, interactive=False)
        if "cache" in settings.DATABASES:
            call_command("createcachetable", database="cache", verbosity=0)
        forget_counts()
        if not options["built"]:
            call_command("compile_messages", stdout=io.StringIO())
            self.collect()
        if options["demo"]:
            if not demo.is_loaded():
                self.stdout.write("Loading the demonstration …")
            self.stdout.write("")
            call_command("load_demo", stdout=self.stdout)
        self.stdout.write(f"\nWaypost: {settings.SITE_URL}\nCtrl-C stops it.\n")
        self.stdout.flush()

    def collect(self) -> None:
        """Collect static files when one of them has changed since the last time."""
        stamp, found = settings.DATA_DIR / STAMP, digest_of_static()
        root = Path(settings.STATIC_ROOT)
        if root.is_dir() and stamp.exists() and stamp.read_text() == found:
            return
        self.stdout.write("Collecting static files …")
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(found)


def is_behind() -> bool:
    """Whether a migration is to be applied; asked without the cost of `migrate` itself."""
    executor = MigrationExecutor(connections["default"])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def forget_counts() -> None:
    """Drop what the processes of an earlier run have counted for Prometheus.

    Only here, before all of them start anew: a count that went down while others went on would be
    taken for a burst.
    """
    if settings.METRICS_DIR:
        for path in Path(settings.METRICS_DIR).glob("*.db"):
            path.unlink(missing_ok=True)


def digest_of_static() -> str:
    """A digest over the names, sizes and times of all files that collectstatic would find."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            path = Path(storage.path(name))
            status = path.stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def check_free(address: str) -> None:
    """Raise CommandError if nothing of ours can listen at HOST:PORT."""
    host, _colon, port = address.rpartition(":")
    try:
        family, kind, _protocol, _name, target = socket.getaddrinfo(
            host or None, int(port), type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind) as probe:
            # What an earlier run left in TIME_WAIT is not in the way.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(
                f"Port {port} is in use, perhaps by another `make run`. Choose another one:"
                f" make run PORT={int(port) + 10}"
            ) from error
        raise CommandError(f"Cannot listen at {address}: {error.strerror or error}.") from error
    except (ValueError, OverflowError) as error:
        raise CommandError(f"PORT={port} is no port number.") from error
