"""Instances of the product to back up and destroy: a database, a folder, and processes on them."""

import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.faults import worlds
from tests.faults.nursery import Nursery
from tests.faults.worlds import Process, World

State = dict[str, list[str]]


@contextmanager
def loaded(folder: Path) -> Iterator[Nursery]:
    """Has the product loaded for all: its DATA_DIR is relative to where a child stands."""
    kept = {name: value for name, value in os.environ.items() if name not in worlds.OURS}
    ours = {"DATA_DIR": "data", "SECRET_KEY": "ops", "PYTHONPATH": str(worlds.ROOT)}
    if worlds.admin_url():
        ours["DATABASE_URL"] = worlds.admin_url()
    nursery = Nursery(kept | ours, folder)
    try:
        yield nursery
    finally:
        nursery.close()


@dataclass
class Instance(World):
    """`backups` lies outside the data: it is what is left when the machine is gone."""

    loaded: Nursery | None = None

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def media(self) -> Path:
        return self.data / "media"

    def begin(self, *words: str) -> Process:
        """Start a verb of `tests.ops.act`."""
        assert self.loaded
        log = self._log()
        log.touch()
        where = [str(self.folder), self.database]
        return self._noted(self.loaded.start("tests.ops.act", [*where, *words], log), log)

    def act(self, *words: str, ends: int = 0) -> str:
        return ended(self.begin(*words), ends)

    def manage(self, *words: str | Path, ends: int = 0) -> str:
        """A command of manage.py in a process that has the product loaded; what it says."""
        return self.act("manage", *(str(word) for word in words), ends=ends)

    def manage_anew(self, *words: str | Path, ends: int = 0, **environment: str) -> str:
        """The same as an administrator does it: a process from nothing."""
        return ended(self.start(sys.executable, "manage.py", *words, **environment), ends)

    def back_up(self, *words: str | Path, ends: int = 0) -> Path:
        """The file that a backup has made."""
        before = set(self.backups.glob("*"))
        self.manage("backup", "--to", self.backups, *words, ends=ends)
        (made,) = set(self.backups.glob("*")) - before
        return made

    def state(self) -> State:
        """Each row, but for what the log says of backups: it is written after each."""
        path = self.folder / f"state-{secrets.token_hex(4)}.json"
        self.act("state", str(path))
        found: State = json.loads(path.read_text())
        log = found["audit.AuditEntry"]
        found["audit.AuditEntry"] = [row for row in log if '"verb": "backup.' not in row]
        return found

    def hashes(self) -> dict[str, str]:
        """Of each media file."""
        return hashes(self.media)

    def destroy(self) -> None:
        """The machine is gone; an empty one stands in its place."""
        shutil.rmtree(self.data)
        if self.database:
            worlds.run_sql(f"DROP DATABASE {self.database} WITH (FORCE)")
            worlds.run_sql(f"CREATE DATABASE {self.database}")


def ended(process: Process, ends: int) -> str:
    code = process.wait_for_end()
    assert code == ends, f"it ended with {code}:\n{process.read()[-4000:]}"
    return process.read()


def hashes(folder: Path) -> dict[str, str]:
    """Of each file, by its path in the folder."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def without_secrets(state: State) -> State:
    """What a backup of this state must hold: no sessions, and no one-time code."""
    found = state | {"sessions.Session": []}
    secret = [
        one["id"] for one in map(json.loads, state["people.Job"]) if one["kind"] == "people.codes"
    ]
    items: list[dict[str, Any]] = [json.loads(row) for row in state["people.JobItem"]]
    for item in items:
        if item["job_id"] in secret:
            item["result"] = {}
    encoded = (json.dumps(one, sort_keys=True, ensure_ascii=False) for one in items)
    return found | {"people.JobItem": sorted(encoded)}


def new_database() -> str:
    if not worlds.admin_url():
        return ""
    name = f"backup_{secrets.token_hex(6)}"
    worlds.run_sql(f"CREATE DATABASE {name}")
    return name


@contextmanager
def built(folder: Path, nursery: Nursery) -> Iterator[Instance]:
    folder.mkdir()
    instance = Instance(folder, database=new_database(), loaded=nursery)
    try:
        instance.act("build")
        yield instance
    finally:
        instance.end()


@contextmanager
def copied(template: Instance, folder: Path) -> Iterator[Instance]:
    """The same instance anew."""
    folder.mkdir()
    shutil.copytree(template.data, folder / "data")
    instance = Instance(folder, loaded=template.loaded)
    if template.database:
        instance.database = f"backup_{secrets.token_hex(6)}"
        worlds.run_sql(f"CREATE DATABASE {instance.database} TEMPLATE {template.database}")
    try:
        yield instance
    finally:
        instance.end()
