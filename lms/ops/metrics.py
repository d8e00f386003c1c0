"""What is counted of requests and tasks, for Prometheus.

Each process counts in files of its own in METRICS_DIR, and `manage.py serve_metrics` adds them up:
the web and the worker are many processes. Without METRICS_DIR counts stay in memory, unread.

The number of series is bounded: routes are names of views and one name for what is none, methods
and outcomes are few, tasks are those of the code.
"""

import os
import socket
from typing import Final

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values

HOST: Final = socket.gethostname().replace("_", "-")


def _process() -> str:
    """A name for this process; containers that share the folder have the same process numbers."""
    return f"{HOST}-{os.getpid()}"


if settings.METRICS_DIR:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = settings.METRICS_DIR
    values.ValueClass = values.MultiProcessValue(process_identifier=_process)  # type: ignore[no-untyped-call]

# Not the registry of the library's own, which would tell of one process alone.
counted: Final = CollectorRegistry()
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)  # seconds

requests: Final = Counter(
    "waypost_requests", "Requests answered.", ["route", "method", "status"], registry=counted
)
request_seconds: Final = Histogram(
    "waypost_request_seconds", "Seconds until the headers of an answer.", ["route"],
    buckets=BUCKETS, registry=counted,
)  # fmt: skip
tasks: Final = Counter(
    "waypost_tasks", "Tasks that a worker ended.", ["task", "outcome"], registry=counted
)
last_success: Final = Gauge(
    "waypost_task_last_success_timestamp_seconds", "When a task last came to its end.", ["task"],
    multiprocess_mode="max", registry=counted,
)  # fmt: skip


def status_class(status: int) -> str:
    """`2xx` for 204."""
    return f"{status // 100}xx"
