"""All checks and tests, as `make test` runs them; the last line is the sum.

First the checks of the code, then pytest on SQLite, then, when they are reachable, on PostgreSQL
and Redis (TEST_DATABASE_URL, TEST_REDIS_URL, or the defaults below). What a database cannot change
(no test without one; how pages look; who may open what) is seen in the first pass alone, and some
long journeys in the second alone: the markers `once` and `production`. Arguments go to pytest, and
the checks are left out then. A check that fails counts as one failed, an error of pytest too.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import psycopg
import redis

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
DATABASE_URL = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS_URL = "redis://127.0.0.1:6379/9"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHECKS = (
    ("ruff check", "--quiet", "."),
    ("ruff format", "--check", "--quiet", "."),
    ("lint-imports", "--no-logo"),
    ("mypy",),
)


@dataclass
class Result:
    """What came of one check or one pass of pytest, for the summary."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0
    is_tests: bool = True

    def __str__(self) -> str:
        if not self.is_tests:
            return f"{self.name:<22} {'FAILED' if self.failed else 'ok'}"
        return (
            f"{self.name:<22} {self.passed} passed, {self.failed} failed, {self.skipped} skipped"
            f" in {self.seconds:.0f} s"
        )


def run_check(name: str, *arguments: str) -> Result:
    """Run one check of the code."""
    print(f"== {name}", flush=True)
    program, *rest = name.split()
    code = subprocess.run([BIN / program, *rest, *arguments], cwd=ROOT, check=False).returncode
    return Result(name, failed=int(code != 0), is_tests=False)


def run_pytest(name: str, arguments: list[str], environment: dict[str, str]) -> Result:
    """Run the suite once, in parallel; a file stays in one process, with what it has loaded."""
    print(f"== pytest on {name}", flush=True)
    # One more than there are cores: the process with the browser often waits for it.
    parallel = str(min((os.cpu_count() or 2) + 1, 4))
    report = Path(environment["TMPDIR"]) / "report.xml"
    report.unlink(missing_ok=True)
    started = time.monotonic()
    code = run_to_its_end(
        [sys.executable, "-m", "pytest", "-n", parallel, "--dist", "loadfile",
         "--no-loadscope-reorder", "-q", f"--junitxml={report}", *arguments],
        environment,
    )  # fmt: skip
    result = counted(report, name)
    result.seconds = time.monotonic() - started
    if code and not result.failed:  # nothing collected, or pytest itself broke
        result.failed = 1
    return result


def run_to_its_end(command: list[str], environment: dict[str, str]) -> int:
    """Run a command; when this is interrupted, let it stop the servers that it has started."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment)

    def interrupt(*_signal: object) -> None:
        process.send_signal(signal.SIGINT)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()
        raise
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def counted(report: Path, name: str) -> Result:
    """The numbers of pytest's report."""
    result = Result(name)
    if report.exists():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            skipped = int(suite.get("skipped", 0))
            result.failed += failed
            result.skipped += skipped
            result.passed += int(suite.get("tests", 0)) - failed - skipped
    return result


def reachable_services() -> dict[str, str]:
    """The variables for a pass on PostgreSQL, with Redis if it answers; empty without the first."""
    database = os.environ.get("TEST_DATABASE_URL") or DATABASE_URL
    try:
        psycopg.connect(database, connect_timeout=3).close()
    except psycopg.Error as error:
        print(f"PostgreSQL: {str(error).strip()}")
        return {}
    found = {"TEST_DATABASE_URL": database}
    queue = os.environ.get("TEST_REDIS_URL") or REDIS_URL
    try:
        redis.Redis.from_url(queue, socket_connect_timeout=3).ping()
    except redis.RedisError as error:
        print(f"Redis: {error}")
    else:
        found["TEST_REDIS_URL"] = queue
    return found


def install_tools() -> str | None:
    """The path of a browser, which is installed with pdftotext if that can be done."""
    wanted = [] if find_browser() else ["chromium"]
    if not shutil.which("pdftotext"):
        wanted.append("poppler-utils")
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"== apt-get install {' '.join(wanted)}", flush=True)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-q"], ["install", "-yq", "--no-install-recommends", *wanted]):
            subprocess.run(["apt-get", *command], env=environment, check=False)
    if not shutil.which("pdftotext"):
        print("There is no pdftotext (package poppler-utils): tests that need it are skipped.")
    return find_browser()


def find_browser() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def arguments_given() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--checks-only", action="store_true", help="no tests")
    parser.add_argument(
        "--require-services", action="store_true",
        help="fail when PostgreSQL or Redis cannot be reached",
    )  # fmt: skip
    return parser.parse_known_args()


def run_tests(
    pytest_arguments: list[str], *, require_services: bool
) -> tuple[list[Result], list[str]]:
    """Both passes, and what is to be said of them in the summary."""
    notes, results = [], []
    with tempfile.TemporaryDirectory(prefix="waypost-tests-", ignore_cleanup_errors=True) as folder:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"TEST_DATABASE_URL", "TEST_REDIS_URL", "SITE_URL", "PORT"}
        } | {"TMPDIR": folder}
        if browser := install_tools():
            environment["WAYPOST_CHROMIUM"] = browser
        else:
            notes.append("There is no Chromium: the browser tests are skipped.")
        subprocess.run(
            [sys.executable, "manage.py", "compile_messages"], cwd=ROOT, check=True,
            env=environment | {"DATA_DIR": f"{folder}/data"}, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        services = reachable_services()
        first = ["-m", "not production"] if services else []
        results.append(run_pytest("SQLite", [*first, *pytest_arguments], environment))
        missing = {"TEST_DATABASE_URL": "PostgreSQL", "TEST_REDIS_URL": "Redis"}
        for variable, service in missing.items():
            if variable not in services:
                notes.append(f"{service} cannot be reached: its tests were skipped.")
        if services:
            name = "PostgreSQL and Redis" if len(services) == 2 else "PostgreSQL"
            second = ["-m", "not once", *pytest_arguments]
            results.append(run_pytest(name, second, environment | services))
        if require_services and len(services) < 2:
            results.append(Result("services required", failed=1, is_tests=False))
    return results, notes


def main() -> int:
    options, pytest_arguments = arguments_given()
    results = [] if pytest_arguments else [run_check(*check) for check in CHECKS]
    notes: list[str] = []
    if not options.checks_only:
        tested, notes = run_tests(pytest_arguments, require_services=options.require_services)
        results += tested
    print("\n== Summary", *results, *notes, sep="\n")
    failed = sum(result.failed for result in results)
    if not options.checks_only:
        passed = sum(result.passed for result in results)
        skipped = sum(result.skipped for result in results)
        print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return int(failed > 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
