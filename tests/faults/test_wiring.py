"""What stands behind each lost task: sweeps that are known, timed, and sent at the start."""

from typing import Any

import pytest
from celery.signals import worker_ready
from django.conf import settings

from lms.celery import app

SWEEPS = {  # each with its seconds
    "certificates.sweeps.sweep_certificates": 60.0,
    "courses.sweeps.sweep_assignments": 60.0,
    "courses.sweeps.sweep_digests": 60.0,
    "courses.sweeps.sweep_enrolments": 60.0,
    "courses.sweeps.sweep_ticks": 300.0,
    "lms.people.sweeps.sweep_accounts": 60.0,
    "lms.people.sweeps.sweep_jobs": 60.0,
    "lms.people.sweeps.sweep_sessions": 3600.0,
    "lms.people.sweeps.sweep_staff_lists": 60.0,
    "lms.privacy.sweeps.sweep_exports": 60.0,
    "lms.privacy.sweeps.sweep_retention": 86400.0,
    "lms.reports.sweeps.sweep_figures": 300.0,
    "quizzes.sweeps.sweep_attempts": 60.0,
}
# What the product queues, each with a sweep that finds what was lost.
TASKS = {
    "certificates.tasks.finish_certificate",
    "courses.tasks.bring_enrolments_over",
    "courses.tasks.send_digest",
    "lms.people.tasks.carry_on_staff_list",
    "lms.people.tasks.run_job",
    "lms.privacy.tasks.pack_data",
}
OURS = ("lms.", "courses.", "quizzes.", "certificates.")


def test_the_clock_sends_every_sweep_in_its_time() -> None:
    schedule = settings.CELERY_BEAT_SCHEDULE
    assert len(schedule) == len(SWEEPS)
    assert {entry["task"]: entry["schedule"] for entry in schedule.values()} == SWEEPS
    assert app.conf.beat_schedule == schedule


def test_what_the_clock_sends_and_what_is_queued_is_registered() -> None:
    app.loader.import_default_modules()
    assert {name for name in app.tasks if name.startswith(OURS)} == SWEEPS.keys() | TASKS


def test_a_worker_that_is_ready_sends_the_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def send_task(name: str, *_args: Any, **_kwargs: Any) -> None:
        sent.append(name)

    monkeypatch.setattr(app, "send_task", send_task)
    worker_ready.send(sender=None)
    assert set(sent) == SWEEPS.keys()
    assert len(sent) == len(set(sent))
