"""The Celery application; `celery -A lms worker --beat` runs the worker and its clock."""

import os
import threading
import time
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

app = Celery("lms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="sweeps")


@worker_ready.connect
def sweep_at_start(**_kwargs: Any) -> None:
    """Find at once what was lost while no worker ran; from then on the clock does each minute."""
    for entry in app.conf.beat_schedule.values():
        if ".sweeps." in entry["task"]:
            app.send_task(entry["task"])


@beat_embedded_init.connect
def stop_with_the_worker(**_kwargs: Any) -> None:
    """The clock is a process beside the worker, and nothing tells it of a worker that was killed.

    It would go on for ever, beside the clock of the next worker.
    """
    threading.Thread(target=_stop_without, args=[os.getppid()], daemon=True).start()


def _stop_without(worker: int) -> None:
    while os.getppid() == worker:
        time.sleep(1)
    os._exit(1)
