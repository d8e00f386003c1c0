"""`make faults`: the served product under load while it is broken, then what was lost or doubled.

FAULTS=1000 (on PostgreSQL and Redis) and FAULTS_EMBEDDED=500 (SQLite, a queue of files) are the
numbers of faults, shared by the kinds; 0 leaves a run out. FAULTS_KINDS="disk full,clock turned"
takes some kinds alone, FAULTS_OFFICERS says how many work at once, FAULTS_JSON names a file.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.havoc.run import Options, Outcome, run
from tests.havoc.servers import Missing

FAULTS = int(os.environ.get("FAULTS", "1000"))
ROOM = 4 << 30  # bytes
EMBEDDED = int(os.environ.get("FAULTS_EMBEDDED", "500"))


def place() -> str | None:
    """A folder in memory if there is room, else the usual one.

    What a killed process has written stays either way, so it changes no result; but PostgreSQL
    writes all its files through to the disk whenever it comes back, which takes seconds.
    """
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > ROOM else None


def main() -> int:
    seed = int(os.environ.get("FAULTS_SEED", random.SystemRandom().randrange(10**6)))
    random.seed(seed)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"FAULTS_SEED={seed}", flush=True)
    outcomes: list[Outcome] = []
    for name, production, count in (
        ("PostgreSQL and Redis", True, FAULTS),
        ("embedded default", False, EMBEDDED),
    ):
        if not count:
            continue
        options = Options(
            name=name, production=production, faults=count,
            kinds=tuple(filter(None, os.environ.get("FAULTS_KINDS", "").split(","))),
            officers=int(os.environ.get("FAULTS_OFFICERS", "16")),
            gap=float(os.environ.get("FAULTS_GAP", "0.3")),
        )  # fmt: skip
        keep = os.environ.get("FAULTS_FOLDER")
        with tempfile.TemporaryDirectory(prefix="waypost-faults-", dir=place()) as folder:
            Path(folder).chmod(0o755)  # PostgreSQL is run by another user
            where = Path(keep or folder) / name.split()[0]
            where.mkdir(parents=True)
            try:
                outcome = asyncio.run(run(where, options))
            except Missing as error:
                print(f"{name}: {error}")
                return 1
        outcome.show()
        outcomes.append(outcome)
    if file := os.environ.get("FAULTS_JSON"):
        rows = [outcome.as_json() for outcome in outcomes]
        Path(file).write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
    return int(not all(outcome.is_well for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
