"""The Celery application; `celery -A lms worker --beat` runs the worker and its clock."""

import logging
import os
import threading
import time
from typing import Any

from celery import Celery
from celery.signals import beat_embedded_init, worker_ready
from celery.worker import state

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

logger = logging.getLogger(__name__)

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


@worker_ready.connect
def stop_with_the_clock(sender: Any = None, **_kwargs: Any) -> None:
    """A worker whose clock was killed would work on, and no sweep would ever find what is lost.

    So it ends when its task is done, with 1, and whatever keeps it running starts both anew.
    """
    if clock := getattr(getattr(sender, "controller", None), "beat", None):
        threading.Thread(target=_end_without, args=[clock], daemon=True).start()


def _end_without(clock: Any) -> None:
    while clock.is_alive():
        time.sleep(1)
    if state.should_stop is None:  # else both are being stopped
        logger.error("the clock is gone: the worker ends, to be started again with another")
        state.should_stop = 1


def _stop_without(worker: int) -> None:
    while os.getppid() == worker:
        time.sleep(1)
    os._exit(1)
