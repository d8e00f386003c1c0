"""Counts what workers do. Never stops a task: what is counted is worth less than what is done."""

import logging
from pathlib import Path
from typing import Any

from celery.signals import task_postrun, task_unknown
from django.conf import settings

from lms.ops import metrics
from lms.ops.logs import UNKNOWN

logger = logging.getLogger(__name__)


@task_postrun.connect
def count_task(task: Any = None, state: str | None = None, **_kwargs: Any) -> None:
    """Also touches WORKER_STAMP, by whose age a probe sees that the worker works."""
    try:
        metrics.tasks.labels(task.name, (state or UNKNOWN).lower()).inc()
        if state == "SUCCESS":
            metrics.last_success.labels(task.name).set_to_current_time()
        if settings.WORKER_STAMP:
            Path(settings.WORKER_STAMP).touch()
    except OSError as error:
        logger.warning("a task could not be counted: %s", error)


@task_unknown.connect
def count_unknown(**_kwargs: Any) -> None:
    """A message of a task that this code does not have; its name is the sender's to choose."""
    metrics.tasks.labels(UNKNOWN, UNKNOWN).inc()
