"""The web process is killed while answers are saved: whatever it acknowledged is there, once."""

import http.client
import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import pytest

from tests.faults.act import PASSWORD, QUESTIONS
from tests.faults.worlds import BIN, DEADLINE, ROOT, Process, World, free_port, wait_until

pytestmark = pytest.mark.services
TABS = 2
SAVES_A_TAB = 25  # of eight tabs: 200 in all
LOST = 6  # each sixth acknowledgement does not reach the tab, which sends again
ANSWERS = """
SELECT i.attempt_id, i.position, s.client, s.seq, s.data, s.id, i.current_id
FROM quizzes_responsesave s JOIN quizzes_attemptitem i ON i.id = s.item_id
ORDER BY s.received_at, s.id
"""


class Web:
    """The `web` line of the Procfile, on one port through all its lives."""

    def __init__(self, world: World) -> None:
        self.world, self.port = world, free_port()
        self.process = self.start()

    def start(self) -> Process:
        lines = (ROOT / "Procfile").read_text().splitlines()
        (command,) = (line.removeprefix("web: ") for line in lines if line.startswith("web: "))
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        self.process = self.world.start("sh", "-c", command, PATH=path, PORT=str(self.port))
        wait_until(self.answers, "an answer of the web process")
        return self.process

    def answers(self) -> bool:
        assert self.process.popen.poll() is None, self.process.read()[-3000:]
        try:
            return Browser(self.port).ask("GET", "/sign-in/")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def kill_all(self) -> None:
        self.process.kill()
        self.start()

    def kill_a_worker(self) -> None:
        """One of two, as when memory runs out; the other goes on, and granian starts a third."""
        pid = self.process.popen.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(int(children[-1]), signal.SIGKILL)


class Browser:
    """Cookies, and one connection a request."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, **fields: str) -> tuple[int, str]:
        """Status and body. Raises OSError or HTTPException when no whole answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["X-CSRFToken"] = self.cookies["csrftoken"]
        try:
            connection.request(method, path, urlencode(fields) if fields else None, headers)
            answer = connection.getresponse()
            body = answer.read().decode()
            for cookie in answer.headers.get_all("Set-Cookie", []):
                name, _equals, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, body
        finally:
            connection.close()

    def sign_in(self, login: str) -> None:
        self.ask("GET", "/sign-in/")
        status, body = self.ask("POST", "/sign-in/", login=login, password=PASSWORD)
        assert status == 302, body


class Save(NamedTuple):
    """One save, as it was sent or as it lies in the database."""

    attempt: UUID
    position: int
    client: str
    seq: int
    text: str


class Tab(threading.Thread):
    """One tab: answers question after question, and sends each answer until it is acknowledged."""

    def __init__(self, browser: Browser, attempt: str, client: str) -> None:
        super().__init__(daemon=True)
        self.browser, self.attempt, self.client = browser, attempt, client
        self.acknowledged: list[Save] = []
        self.broken = 0  # requests without an answer
        self.failure = ""

    def run(self) -> None:
        try:
            for seq in range(1, SAVES_A_TAB + 1):
                position = seq % QUESTIONS + 1
                text = f"ґанок {self.client} {seq}"
                save = Save(UUID(self.attempt), position, self.client, seq, text)
                self.send(save)
                if seq % LOST == 0:
                    self.send(save)
                self.acknowledged.append(save)
        except Exception as error:
            self.failure = repr(error)

    def send(self, save: Save) -> None:
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            try:
                status, body = self.browser.ask(
                    "POST",
                    f"/attempts/{self.attempt}/save/",
                    q=str(save.position),
                    client=save.client,
                    seq=str(save.seq),
                    **{f"q{save.position}": save.text},
                )
            except (OSError, http.client.HTTPException):
                self.broken += 1
                time.sleep(0.05)
                continue
            assert status in {200, 503}, f"{status} {body}"
            if status == 200:
                assert json.loads(body)["saved_at"]
                return
            time.sleep(0.05)
        raise AssertionError(f"never acknowledged: {save}")


@pytest.fixture
def web(world: World) -> Iterator[Web]:
    world.act("static")
    web = Web(world)
    yield web
    web.process.kill()


def rows_of(world: World) -> Iterator[tuple[Save, int, int]]:
    """Each row of the log, its number and that of the row which counts for its question."""
    for attempt, position, client, seq, data, number, current in world.rows(ANSWERS):
        given: dict[str, Any] = data if isinstance(data, dict) else json.loads(data)
        yield Save(UUID(str(attempt)), position, client, seq, given["text"]), number, current


def test_what_was_acknowledged_is_there_once(world: World, web: Web) -> None:
    browsers, tabs = {}, []
    for number, sitter in enumerate(world.people()["sitters"]):
        browser = browsers[sitter["attempt"]] = Browser(web.port)
        browser.sign_in(sitter["login"])
        tabs += [Tab(browser, sitter["attempt"], f"{number}{name}") for name in "ab"[:TABS]]
    total = SAVES_A_TAB * len(tabs)
    assert total == 200

    def done() -> int:
        assert not (failures := [tab.failure for tab in tabs if tab.failure]), failures
        return sum(len(tab.acknowledged) for tab in tabs)

    for tab in tabs:
        tab.start()
    for share, kill in (
        (0.15, web.kill_all),
        (0.35, web.kill_a_worker),
        (0.55, web.kill_all),
        (0.75, web.kill_all),
    ):
        wait_until(lambda share=share: done() >= share * total, "acknowledgements")
        assert done() < total
        kill()
    wait_until(lambda: done() == total, "the last acknowledgements")
    for tab in tabs:
        tab.join(DEADLINE)
    assert sum(tab.broken for tab in tabs) > 0, "no kill met a request on its way"

    rows = list(rows_of(world))
    acknowledged = [save for tab in tabs for save in tab.acknowledged]
    assert sorted(save for save, _number, _current in rows) == sorted(acknowledged)
    assert_the_last_counts(rows, tabs)
    for attempt, browser in browsers.items():
        assert_shown(browser, attempt, {s for s, number, current in rows if number == current})


def assert_the_last_counts(rows: list[tuple[Save, int, int]], tabs: list[Tab]) -> None:
    """For each question counts the row received last, which is the last word of one of the tabs."""
    last_words = {(s.attempt, s.client, s.position): s for tab in tabs for s in tab.acknowledged}
    last = {(save.attempt, save.position): number for save, number, _current in rows}
    assert len(last) == len(tabs) // TABS * QUESTIONS
    for save, number, current in rows:
        assert current == last[save.attempt, save.position]
        if number == current:
            assert save in last_words.values()


def assert_shown(browser: Browser, attempt: str, current: set[Save]) -> None:
    """The attempt resumes where it was, in the session that was there before the kills."""
    status, body = browser.ask("GET", f"/attempts/{attempt}/")
    assert status == 200
    shown = re.findall(r'id="q(\d+)-field" name="[^"]+" value="([^"]*)"', body)
    wanted = {(save.position, save.text) for save in current if save.attempt == UUID(attempt)}
    assert {(int(position), unescape(text)) for position, text in shown} == wanted
    assert len(wanted) == QUESTIONS
