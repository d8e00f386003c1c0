"""Figures for Prometheus, from real processes: two of the web, a worker, and what serves them."""

import os
import sys
import time
import urllib.request
from urllib.error import HTTPError

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.faults.act import SITTERS
from tests.faults.test_wiring import SWEEPS
from tests.faults.worlds import BIN, ROOT, Process, World, free_port, wait_until

pytestmark = pytest.mark.once
Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def served(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("METRICS_DIR", str(world.folder / "metrics"))
    return world


def ask(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def web(world: World) -> int:
    """The `web` line of the Procfile; its port."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    (command,) = (line.removeprefix("web: ") for line in lines if line.startswith("web: "))
    port = free_port()
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    process = world.start("sh", "-c", command, PATH=path, PORT=str(port))
    wait_until(lambda: alive(process) and ask(port, "/live") == 200, "an answer to /live")
    return port


def alive(process: Process) -> bool:
    assert process.popen.poll() is None, process.read()[-3000:]
    return True


def exporter(world: World) -> int:
    port = free_port()
    process = world.start(
        sys.executable, "manage.py", "serve_metrics", "--listen", f"127.0.0.1:{port}"
    )
    wait_until(lambda: alive(process) and ask(port, "/metrics") == 200, "figures")
    return port


def figures(port: int) -> Figures:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        text = answer.read().decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Figures, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0)


def test_figures_of_all_processes(served: World) -> None:
    started = time.time()
    served.act("static")
    public, private = web(served), exporter(served)
    for _ in range(8):
        assert ask(public, "/help/?login=UA-014233") == 200
    assert ask(public, "/UA-014233/") == 404
    assert ask(public, "/metrics") == 404  # never on the public port

    served.act("complete", served.people()["readers"][0])
    found = figures(private)
    assert value(found, "waypost_requests_total", route="help", method="GET", status="2xx") == 8
    assert value(found, "waypost_request_seconds_count", route="help") == 8
    assert value(found, "waypost_requests_total", route="unknown", method="GET", status="4xx") == 2
    assert value(found, "waypost_attempts_open") == SITTERS
    assert value(found, "waypost_certificates_waiting") == 1
    assert 0 < value(found, "waypost_certificates_oldest_waiting_seconds") < time.time() - started
    assert value(found, "waypost_queue_tasks") == served.queued() > 0
    assert value(found, "waypost_readings_failed") == 0

    served.worker()

    def is_done() -> bool:
        now = figures(private)
        return not value(now, "waypost_certificates_waiting") and all(
            started
            < value(now, "waypost_task_last_success_timestamp_seconds", task=sweep)
            <= time.time()
            for sweep in SWEEPS
        )

    wait_until(is_done, "the certificate and each sweep")
    name = "certificates.tasks.finish_certificate"
    done = value(figures(private), "waypost_tasks_total", task=name, outcome="success")
    assert done >= 1
    assert "UA-014233" not in str(figures(private))


def test_an_address_in_use_is_said(served: World) -> None:
    port = exporter(served)
    second = served.start(
        sys.executable, "manage.py", "serve_metrics", "--listen", f"127.0.0.1:{port}"
    )
    assert second.wait_for_end() == 1
    assert f"Cannot listen at 127.0.0.1:{port}: Address already in use." in second.read()
