"""What is counted, how many series that can make, and the state of the instance."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from certificates.models import Certificate
from courses.models import Digest
from lms.ops import metrics, receivers, state
from quizzes.sweeps import sweep_attempts
from tests import factories


def samples(collector: Any, name: str) -> dict[tuple[str, ...], float]:
    """The values of a series by those of its labels, in the order of their names."""
    return {
        tuple(value for _label, value in sorted(sample.labels.items())): sample.value
        for family in collector.collect()
        for sample in family.samples
        if sample.name == name
    }


def requests() -> dict[tuple[str, ...], float]:
    """By method, route and class of the status."""
    return samples(metrics.counted, "waypost_requests_total")


@pytest.mark.django_db
def test_requests_are_counted_by_route_method_and_class(client: Client) -> None:
    before = requests()
    client.get("/help/")
    client.get("/help/")
    client.post("/help/")
    after = requests()
    assert after["GET", "help", "2xx"] - before.get(("GET", "help", "2xx"), 0) == 2
    assert after["POST", "help", "4xx"] - before.get(("POST", "help", "4xx"), 0) == 1
    seconds = samples(metrics.counted, "waypost_request_seconds_count")
    assert seconds[("help",)] >= 3


@pytest.mark.django_db
def test_what_a_client_makes_up_is_one_series(client: Client) -> None:
    client.generic("MADE-UP", "/made-up/")
    before = requests().keys()
    for number in range(20):
        client.generic(f"MADE-UP-{number}", f"/made-up/{number}/")
    assert requests().keys() == before
    assert ("other", "unknown", "4xx") in before


def test_probes_are_not_counted(client: Client) -> None:
    client.get("/live")
    assert not [key for key in requests() if "live" in key]


def test_a_task_is_counted_by_its_outcome(tmp_path: Path, settings: Any) -> None:
    settings.WORKER_STAMP = str(tmp_path / "worker")
    task = sweep_attempts
    before = samples(metrics.counted, "waypost_tasks_total")
    receivers.count_task(task=task, state="FAILURE")
    name = "waypost_task_last_success_timestamp_seconds"
    earlier = samples(metrics.counted, name).get((task.name,), 0)
    receivers.count_task(task=task, state="SUCCESS")
    after = samples(metrics.counted, "waypost_tasks_total")
    for outcome in ("failure", "success"):
        assert after[outcome, task.name] - before.get((outcome, task.name), 0) == 1
    assert samples(metrics.counted, name)[(task.name,)] > earlier
    assert Path(settings.WORKER_STAMP).exists()


def readings() -> dict[str, float]:
    return {family.name: family.samples[0].value for family in state.State().collect()}


@pytest.fixture
def _connected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own connection stays open."""
    monkeypatch.setattr("lms.ops.state.connections.close_all", lambda: None)


@pytest.mark.django_db
@pytest.mark.usefixtures("_connected")
def test_the_state_of_an_instance(settings: Any, tmp_path: Path) -> None:
    settings.REDIS_URL, settings.QUEUE_DIR = "", tmp_path
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "12_ab.celery.msg").touch()
    home = factories.service()
    officer = factories.officer(home)
    factories.started(factories.enrolled(officer, factories.published_course(home)))
    Digest.objects.create(user=officer, day=datetime.now(UTC).date())
    Digest.objects.create(user=factories.officer(home), day="2026-01-01", sent_at=timezone.now())

    found = readings()
    assert found.pop("waypost_database_bytes", 1) > 0
    assert found == {
        "waypost_queue_tasks": 1,
        "waypost_certificates_waiting": 0,
        "waypost_certificates_oldest_waiting_seconds": 0,
        "waypost_jobs_unfinished": 0,
        "waypost_jobs_oldest_unfinished_seconds": 0,
        "waypost_attempts_open": 1,
        "waypost_attempts_out_of_time": 0,
        "waypost_digests_due": 1,
        "waypost_readings_failed": 0,
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("_connected")
def test_only_postgresql_tells_its_size() -> None:
    assert ("waypost_database_bytes" in readings()) is (connection.vendor == "postgresql")


@pytest.mark.django_db
@pytest.mark.usefixtures("_connected")
def test_a_reading_that_fails_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> NoReturn:
        raise OSError

    monkeypatch.setattr(state, "READERS", (fail, *state.READERS))
    found = readings()
    assert found["waypost_readings_failed"] == 1
    assert "waypost_attempts_open" in found


@pytest.mark.django_db
@pytest.mark.usefixtures("_connected")
def test_the_state_takes_a_fixed_number_of_queries(
    django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6) as few:
        readings()
    home = factories.service()
    course = factories.published_course(home)
    for _ in range(10):
        factories.enrolled(factories.officer(home), course)
    with django_assert_num_queries(len(few)):
        readings()
    assert not Certificate.objects.exists()


def test_without_a_folder_nothing_is_served(settings: Any) -> None:
    settings.METRICS_DIR = ""
    with pytest.raises(CommandError, match="METRICS_DIR names no folder"):
        call_command("serve_metrics")


@pytest.mark.parametrize("listen", ["9464", "here:port", ":9464", "127.0.0.1:99999"])
def test_no_address(listen: str) -> None:
    with pytest.raises(CommandError, match="is no HOST:PORT"):
        call_command("serve_metrics", "--listen", listen)


@pytest.mark.django_db
def test_counts_are_forgotten_before_all_start_anew(settings: Any, tmp_path: Path) -> None:
    settings.METRICS_DIR = str(tmp_path)
    (tmp_path / "counter_host-7.db").touch()
    (tmp_path / "else.txt").touch()
    call_command("prepare", built=True)
    assert [path.name for path in tmp_path.iterdir()] == ["else.txt"]
