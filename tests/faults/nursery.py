"""Starts processes with the product loaded already: `python -m tests.faults.nursery`.

It loads the product once, and each process is a fork of it, in a session of its own: a process from
nothing takes seconds to load. Reads a line of JSON with what is asked, and answers with one.
"""

import importlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Child:
    """A process that the nursery has started, with what is used of `subprocess.Popen`."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.nursery, self.pid = nursery, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.nursery.ask(ended=self.pid)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """The return code, negative for a signal. Raises TimeoutExpired."""
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.02)
        return code

    def kill(self) -> None:
        """SIGKILL to this process alone."""
        os.kill(self.pid, 9)


class Nursery:
    """The test's side."""

    def __init__(self, environment: dict[str, str], folder: Path = ROOT) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"], cwd=folder, env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self.lock = threading.Lock()

    def ask(self, **what: Any) -> Any:
        assert self.popen.stdin
        assert self.popen.stdout
        with self.lock:
            self.popen.stdin.write(json.dumps(what) + "\n")
            self.popen.stdin.flush()
            return json.loads(self.popen.stdout.readline())

    def start(self, module: str, words: Sequence[str], log: Path) -> Child:
        """Have `module.main(words)` run, with its output in a file."""
        return Child(self, self.ask(start=module, words=list(words), log=str(log)))

    def load(self, module: str) -> None:
        """Have a module loaded, beside the product, before the next process starts."""
        self.ask(load=module)

    def close(self) -> None:
        assert self.popen.stdin
        assert self.popen.stdout
        self.popen.stdin.close()
        self.popen.wait(10)
        self.popen.stdout.close()


def give_birth(module: str, words: list[str], log: str) -> int:
    """The number of a new process."""
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number in (1, 2):
        os.dup2(out, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    code = 1
    try:
        sys.argv = [module, *words]
        importlib.import_module(module).main(words)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def ended(pid: int, known: dict[int, int]) -> int | None:
    """How the process ended, if it has; asked again it is told again."""
    if pid not in known:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            known[pid] = os.waitstatus_to_exitcode(status)
    return known.get(pid)


def serve() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "lms.settings"
    django.setup()
    answers = os.fdopen(os.dup(1), "w")
    known: dict[int, int] = {}
    for line in sys.stdin:
        what = json.loads(line)
        answer: Any
        if "start" in what:
            answer = give_birth(what["start"], what["words"], what["log"])
        elif "load" in what:
            answer = importlib.import_module(what["load"]).__name__
        else:
            answer = ended(what["ended"], known)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
