"""`make bench`: all measurements, each in a process and on a database of its own."""

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack

import psycopg

from tests.e2e.server import own_database

SERVER = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")


def main() -> int:
    """The number of measurements that missed their limits."""
    missed = 0
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="waypost-bench-"))
        databases = {"SQLite": ""}
        try:
            databases["PostgreSQL"] = own_database(SERVER, stack)
        except psycopg.Error as error:
            print(f"PostgreSQL cannot be reached, so most is not measured: {error}")
            missed += 1
        else:
            print("== Pages under load, and an examination of many at once", flush=True)
            missed += bool(subprocess.call([sys.executable, "-m", "tests.bench.pages"]))
            print("== The coordinator's overview over 100,000 officers", flush=True)
            missed += bool(subprocess.call([sys.executable, "-m", "tests.bench.overview"]))
        for name, url in databases.items():
            print(f"== A staff list of 10,000 rows on {name}", flush=True)
            environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
            environment |= {"DATA_DIR": f"{folder}/{name}"} | ({"DATABASE_URL": url} if url else {})
            command = [sys.executable, "-m", "tests.bench.staff_list"]
            missed += bool(subprocess.call(command, env=environment))
    return missed


if __name__ == "__main__":
    sys.exit(main())
