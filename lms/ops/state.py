"""The state of the instance, counted when it is asked for by a few cheap queries."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import connection, connections
from django.db.models import Count, Min, QuerySet
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis import Redis

from certificates.models import Certificate
from courses.models import Digest
from lms.people.models import Job
from quizzes.models import Attempt

PATIENCE: Final = 5  # seconds for the queue's server
QUEUE: Final = "celery"  # Celery's one queue, of which the product uses no other
Readings = dict[str, float]
logger = logging.getLogger(__name__)


def _queue() -> Readings:
    """Tasks that no worker has taken."""
    if settings.REDIS_URL:
        client = Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE
        )
        with closing(client):
            length = client.llen(QUEUE)
    else:
        length = sum(1 for _ in (settings.QUEUE_DIR / "messages").glob(f"*.{QUEUE}.msg"))
    return {"waypost_queue_tasks": length}


def _certificates() -> Readings:
    found = Certificate.objects.unfinished().aggregate(
        number=Count("pk", distinct=True), oldest=Min("issued_at")
    )
    return {
        "waypost_certificates_waiting": found["number"],
        "waypost_certificates_oldest_waiting_seconds": _age(found["oldest"]),
    }


def _jobs() -> Readings:
    found = Job.objects.unfinished().aggregate(number=Count("pk"), oldest=Min("created_at"))
    return {
        "waypost_jobs_unfinished": found["number"],
        "waypost_jobs_oldest_unfinished_seconds": _age(found["oldest"]),
    }


def _attempts() -> Readings:
    return {
        "waypost_attempts_open": _number(Attempt.objects.open()),
        "waypost_attempts_out_of_time": _number(Attempt.objects.out_of_time()),
    }


def _digests() -> Readings:
    return {"waypost_digests_due": _number(Digest.objects.filter(sent_at=None))}


def _database() -> Readings:
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return {"waypost_database_bytes": cursor.fetchone()[0]}


def _number(rows: QuerySet) -> int:  # type: ignore[type-arg]
    return rows.order_by().count()


def _age(moment: datetime | None) -> float:
    """Seconds since; 0 when there is none."""
    return max(0.0, (timezone.now() - moment).total_seconds()) if moment else 0.0


READERS: Final[tuple[Callable[[], Readings], ...]] = (
    _queue, _certificates, _jobs, _attempts, _digests, _database,
)  # fmt: skip
HELP: Final = {
    "waypost_queue_tasks": "Tasks in the queue that no worker has taken.",
    "waypost_certificates_waiting": "Certificates without their file or their mail.",
    "waypost_certificates_oldest_waiting_seconds": "Age of the oldest of them; 0 without any.",
    "waypost_jobs_unfinished": "Jobs that are not done.",
    "waypost_jobs_oldest_unfinished_seconds": "Age of the oldest of them; 0 without any.",
    "waypost_attempts_open": "Attempts under way.",
    "waypost_attempts_out_of_time": "Attempts whose time is over and that no sweep has submitted.",
    "waypost_digests_due": "Reminder mails gathered and not sent.",
    "waypost_database_bytes": "Size of the database (PostgreSQL).",
    "waypost_readings_failed": "How many of these readings failed; the log says which.",
}


class State(Collector):
    """A reading that fails is left out, so that the others and the counters are still seen."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        readings: Readings = {}
        failed = 0
        try:
            for read in READERS:
                try:
                    readings |= read()
                except Exception as error:
                    failed += 1
                    logger.warning("no reading of %s: %s", read.__name__, error)
        finally:
            connections.close_all()  # each scrape is a thread of its own
        readings["waypost_readings_failed"] = failed
        for name, value in readings.items():
            yield GaugeMetricFamily(name, HELP[name], value=value)


def registry() -> CollectorRegistry:
    """The state, and the sum of what all processes have counted."""
    found = CollectorRegistry()
    MultiProcessCollector(found, path=settings.METRICS_DIR)  # type: ignore[no-untyped-call]
    found.register(State())
    return found
