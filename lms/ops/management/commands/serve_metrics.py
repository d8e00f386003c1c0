from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, no_translations
from prometheus_client import start_http_server

from lms.ops.state import registry

ADDRESS = "127.0.0.1:9464"


def address(text: str) -> tuple[str, int]:
    """Host and port. Raises ArgumentTypeError."""
    host, _colon, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ArgumentTypeError(f"{text!r} is no HOST:PORT")
    return host.strip("[]"), int(port)


class Command(BaseCommand):
    help = "Serve figures for Prometheus: counts of all processes, and the state of the instance."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--listen", metavar="HOST:PORT", type=address, default=ADDRESS,
            help=f"where; never on a public address (default {ADDRESS})",
        )  # fmt: skip

    @no_translations
    def handle(self, **options: Any) -> None:
        host, port = options["listen"]
        if not settings.METRICS_DIR:
            raise CommandError("METRICS_DIR names no folder: give it to web, worker and this alike")
        try:
            _server, thread = start_http_server(port, host, registry())
        except OSError as error:
            reason = error.strerror or error
            raise CommandError(f"Cannot listen at {host}:{port}: {reason}.") from error
        self.stdout.write(f"Metrics: http://{host}:{port}/metrics")
        self.stdout.flush()
        thread.join()
