"""When the sweeps are due: by the time that has passed, not by the time of day.

Celery's own clock asks how long ago a task was sent by the time of day. When that is set back by an
hour (a wrong clock put right, NTP that came late) it would send nothing for an hour.
"""

from datetime import UTC, datetime, timedelta
from time import monotonic, time
from typing import Any, Final

from celery.beat import ScheduleEntry
from celery.beat import Scheduler as BeatScheduler

_BEGUN: Final = time() - monotonic()


def steady_now() -> datetime:
    """The time of day when this was loaded, and what has passed since; nobody can set it."""
    return datetime.fromtimestamp(_BEGUN, UTC) + timedelta(seconds=monotonic())


class Entry(ScheduleEntry):
    """Due each so many seconds. Not for times of day: a crontab would drift from the clock."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schedule.nowfun = steady_now

    def default_now(self) -> datetime:
        return steady_now()


class Scheduler(BeatScheduler):
    """In memory: the worker sends all sweeps when it starts, so nothing need be remembered."""

    Entry = Entry
