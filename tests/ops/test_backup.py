"""The drill: back up, destroy, restore, and everything is as it was."""

import getpass
import json
import os
import shutil
import socket
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings

from lms.ops import backups
from lms.ops.archives import BackupError
from lms.ops.databases import Dump
from tests.faults.worlds import admin_url, wait_until
from tests.ops.instances import Instance, hashes, without_secrets

on_postgresql = pytest.mark.skipif(not admin_url(), reason="PostgreSQL's own tools")


@pytest.fixture
def key(instance: Instance) -> Path:
    """A key file made by the product."""
    path = instance.folder / "key.txt"
    instance.manage("backup", "--new-key", path)
    return path


def test_destroyed_and_restored(instance: Instance) -> None:
    state, files = instance.state(), instance.hashes()
    assert len(files) == 4, "three pictures and a certificate"
    said = instance.manage_anew("backup", "--to", instance.backups)
    (made,) = instance.backups.iterdir()
    assert f"{made}: " in said
    assert "4 files" in said
    assert "not encrypted" in said
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert not list(instance.data.glob("backup-*")), "the dump beside the data is gone"
    instance.destroy()
    queue = settings.REDIS_URL  # of this process alone: to be emptied
    if queue:
        with closing(redis.Redis.from_url(queue)) as client:
            client.lpush("celery", "a task about a row of another time")
    said = instance.manage_anew("restore", made, REDIS_URL=queue)
    assert "4 files, all as they were" in said
    if queue:
        with closing(redis.Redis.from_url(queue)) as client:
            assert not client.dbsize(), "neither cache nor queue"
    assert "Kept what was there" not in said
    assert instance.state() == without_secrets(state)
    assert instance.hashes() == files
    assert {path.name for path in instance.data.iterdir()} <= {
        "media", "waypost.db", "waypost.db-wal", "waypost.db-shm", "cache.db", "cache.db-wal",
        "cache.db-shm", "queue",
    }  # fmt: skip


def test_encrypted(instance: Instance, key: Path) -> None:
    state, files = instance.state(), instance.hashes()
    public = instance.folder / "public.txt"
    public.write_text(key.read_text().splitlines()[0].removeprefix("# public key: "))
    made = instance.back_up("--key-file", public)
    assert made.name.endswith(".tar.age")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    content = made.read_bytes()
    assert content.startswith(b"age-encryption.org/v1\n")
    assert b"manifest.json" not in content
    instance.destroy()
    assert "give its key with --key-file" in instance.manage("restore", made, ends=1)
    said = instance.manage("restore", made, "--key-file", public, ends=1)
    assert "which only encrypts" in said
    instance.manage("restore", made, "--key-file", key)
    assert instance.state() == without_secrets(state)
    assert instance.hashes() == files


def test_the_log_says_who_made_a_backup_and_who_restored_it(instance: Instance) -> None:
    said = "SELECT verb, actor_name, organisation, after FROM audit_auditentry WHERE verb LIKE '{}'"

    def entries(verb: str) -> list[tuple[str, str, dict[str, object]]]:
        rows = instance.rows(said.format(verb))
        assert {path for _verb, _who, path, _after in rows} <= roots
        return [
            (verb, who, after if isinstance(after, dict) else json.loads(after))
            for verb, who, _path, after in rows
        ]

    roots = {path for (path,) in instance.rows("SELECT path FROM people_organisation"
                                               " WHERE depth = 1")}  # fmt: skip
    instance.manage_anew("backup", "--to", instance.backups, SUDO_USER="yavorska")
    (made,) = instance.backups.iterdir()
    host = socket.gethostname()
    assert entries("backup.%") == [
        ("backup.made", f"yavorska@{host}", {"file": made.name, "encrypted": False})
    ]
    instance.destroy()
    instance.manage_anew("restore", made, SUDO_USER="")
    (restored,) = entries("backup.%")
    verb, who, after = restored
    assert (verb, who) == ("backup.restored", f"{getpass.getuser()}@{host}")
    assert after["file"] == made.name
    as_of = datetime.fromisoformat(str(after["as_of"]))
    assert made.name.startswith(f"waypost-{as_of:%Y%m%dT%H%M}")


def test_nothing_secret_is_in_the_file(instance: Instance) -> None:
    """One-time codes and sessions are not in it; with secure_delete not even in free pages."""
    (code,) = instance.rows("SELECT result FROM people_jobitem")[0]
    code = (code if isinstance(code, dict) else json.loads(code))["code"]
    (session,) = instance.rows("SELECT session_key FROM django_session")[0]
    made = instance.back_up()
    content = made.read_bytes()
    if instance.database:  # the dump is compressed
        whole = instance.folder / "whole"
        shutil.unpack_archive(made, whole, "tar", filter="data")
        content += (whole / "database/people_jobitem.copy").read_bytes()
        listed = instance.start("pg_restore", "--file=-", whole / "database/waypost.pgdump")
        assert listed.wait_for_end() == 0
        content += listed.read().encode()
    assert b"UA-SARNY" in content, "it can be read"
    assert code.encode() not in content
    assert session.encode() not in content


def test_while_others_write(instance: Instance) -> None:
    writer = instance.begin("work")
    wait_until(lambda: "\nanswer 10\n" in writer.read(), "answers")
    before = [line.split() for line in writer.read().splitlines()]
    made = instance.back_up()
    seen = len(writer.read().splitlines())
    wait_until(lambda: len(writer.read().splitlines()) > seen + 5, "answers after the backup")
    writer.kill()
    last = len(writer.read().splitlines())
    instance.destroy()
    instance.manage("restore", made)
    answers = {n for (n,) in instance.rows("SELECT seq FROM quizzes_responsesave"
                                           " WHERE client = 'work'")}  # fmt: skip
    assert answers == set(range(1, len(answers) + 1)), "none is left out"
    assert len(answers) >= max(int(word) for what, word in before if what == "answer")
    assert len(answers) <= last
    named = dict(instance.rows("SELECT file, sha256 FROM courses_coursefile"))
    assert {word for what, word in before if what == "picture"} <= named.keys()
    found = instance.hashes()
    assert {name: found[name] for name in named} == named
    assert {name for name in found if name.startswith("courses/")} == named.keys()


def test_what_is_there_is_not_overwritten(instance: Instance) -> None:
    made = instance.back_up()
    instance.write("UPDATE people_organisation SET code = 'UA-RIVNE' WHERE code = 'UA-SARNY'")
    (instance.media / "courses/note.txt").write_text("later")
    there, state = instance.hashes(), instance.state()
    said = instance.manage("restore", made, ends=1)
    assert "The database is not empty and the media folder" in said
    assert "--yes" in said
    assert (instance.hashes(), instance.state()) == (there, state)

    assert instance.queued()
    with closing(sqlite3.connect(instance.data / "cache.db")) as connection:
        connection.execute("INSERT INTO cache VALUES ('outline', 'old', '2999-01-01 00:00:00')")
        connection.commit()
    said = instance.manage("restore", made, "--yes")
    assert not instance.queued()
    with closing(sqlite3.connect(instance.data / "cache.db")) as connection:
        assert connection.execute("SELECT count(*) FROM cache").fetchone() == (0,)
    assert instance.rows("SELECT count(*) FROM people_organisation WHERE code = 'UA-SARNY'")[0][0]
    assert not (instance.media / "courses/note.txt").exists()
    (aside,) = instance.data.glob("media.before-restore-*")
    assert hashes(aside) == there
    assert f"Kept what was there: {aside}" in said
    kept = "SELECT code FROM {}people_organisation WHERE code LIKE 'UA-%'"
    if instance.database:
        (schema,) = instance.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before%'")
        assert f"Kept what was there: schema {schema[0]}" in said
        assert instance.rows(kept.format(f"{schema[0]}.")) == [("UA-RIVNE",)]
    else:
        (database,) = instance.data.glob("waypost.db.before-restore-*")
        with closing(sqlite3.connect(database)) as connection:
            assert connection.execute(kept.format("")).fetchall() == [("UA-RIVNE",)]

    state, again = instance.state(), instance.back_up()
    instance.destroy()
    instance.manage("restore", again)
    assert instance.state() == state, "what was kept aside is in no backup"


def test_the_processes_must_be_stopped(instance: Instance) -> None:
    made = instance.back_up()
    state = instance.state()
    if instance.database:
        with psycopg.connect(instance.database_url):
            said = instance.manage("restore", made, "--yes", ends=1)
    else:
        with closing(sqlite3.connect(instance.data / "waypost.db")) as connection:
            connection.execute("SELECT count(*) FROM people_user")
            said = instance.manage("restore", made, "--yes", ends=1)
    assert "Stop the web server and the worker first" in said
    assert instance.state() == state


def test_an_older_backup_is_migrated(instance: Instance) -> None:
    instance.act("migrate", json.dumps({"people": "0002"}))
    made = instance.back_up()
    instance.destroy()
    assert "Bringing the database up to date" in instance.manage("restore", made)
    assert instance.manage("migrate", "--check") == ""
    assert instance.rows("SELECT count(*) FROM people_user WHERE discharge_ends IS NULL") == [(0,)]


def test_a_lost_or_damaged_file_is_told_and_the_rest_is_backed_up(instance: Instance) -> None:
    lost, damaged, *_others = sorted(instance.media.glob("courses/**/*.png"))
    lost.unlink()
    damaged.write_bytes(b"something else")
    files = instance.hashes()
    instance.backups.mkdir()
    older = instance.backups / "waypost-20260101T000000Z.tar"
    older.touch()
    made = instance.back_up("--keep", "1", ends=1)
    assert older.exists(), "it may be the last with the file"
    said = instance.processes[-1].read()
    assert f"the file {lost.relative_to(instance.media)} is missing" in said
    assert f"the file {damaged.relative_to(instance.media)} is damaged" in said
    instance.destroy()
    said = instance.manage("restore", made)
    assert f"the file {lost.relative_to(instance.media)} is missing" in said
    assert instance.hashes() == files


def test_keeps_as_many_as_asked_for(instance: Instance) -> None:
    folder = instance.backups
    folder.mkdir()
    older = [folder / f"waypost-2026010{day}T000000Z.tar{end}" for day, end in
             ((1, ""), (2, ".age"), (3, ""))]  # fmt: skip
    others = [folder / "waypost-20260101T000000Z.tar.gz", folder / "waypost.tar",
              folder / "my-waypost-20260101T000000Z.tar"]  # fmt: skip
    for path in [*older, *others]:
        path.touch()
    (folder / "waypost-20250101T000000Z.tar").symlink_to(others[0])
    made = instance.back_up("--keep", "2")
    assert set(folder.iterdir()) == {
        made, older[2], *others, folder / "waypost-20250101T000000Z.tar"
    }  # fmt: skip


def test_a_backup_that_cannot_be_written_leaves_nothing(instance: Instance) -> None:
    (instance.folder / "taken").touch()
    said = instance.manage("backup", "--to", instance.folder / "taken" / "x", ends=1)
    assert "No backup was made." in said
    large = next(instance.media.glob("courses/**/*.png"))
    large.write_bytes(bytes(12_000_000))  # more than a file may have then; the dump is less
    said = instance.act("little-disk", "backup", "--to", str(instance.backups), ends=1)
    assert "No backup was made. [Errno 27] File too large" in said
    assert not list(instance.backups.iterdir())
    assert not list(instance.data.glob("backup-*"))


@on_postgresql
def test_the_password_is_on_no_command_line(instance: Instance, tmp_path: Path) -> None:
    """Programs in the place of PostgreSQL's note how they are called, and call them."""
    folder, noted = tmp_path / "bin", tmp_path / "noted"
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        program = folder / name
        program.write_text(
            f'#!/bin/sh\necho "$0 $@ password=$PGPASSWORD" >> {noted}\n'
            f'exec {shutil.which(name)} "$@"\n'
        )
        program.chmod(0o755)
    url = instance.database_url.replace("postgres@", "postgres:hard-to-guess@")
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "DATABASE_URL": url}
    instance.manage_anew("backup", "--to", instance.backups, **environment)
    (made,) = instance.backups.iterdir()
    instance.destroy()
    instance.manage_anew("restore", made, **environment)
    calls = [line.partition(" password=") for line in noted.read_text().splitlines()]
    called = [call for call, _sign, _password in calls if "--version" not in call]
    assert len(called) == 3
    assert not [call for call in called if "hard-to-guess" in call]
    assert [word for call, _sign, word in calls if "--version" not in call] == ["hard-to-guess"] * 3


@on_postgresql
@pytest.mark.parametrize("is_there", [False, True], ids=["missing", "older"])
def test_without_the_right_tools(instance: Instance, tmp_path: Path, is_there: bool) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    if is_there:
        program = folder / "pg_dump"
        program.write_text('#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n')
        program.chmod(0o755)
    said = instance.manage_anew("backup", "--to", instance.backups, PATH=str(folder), ends=1)
    assert "postgresql-client-" in said
    assert ("older than the server" if is_there else "There is no pg_dump") in said


@pytest.mark.once
def test_a_file_removed_in_between_is_not_missed(
    settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first dump names a file that is removed before it is copied, the second does not."""
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "kept.png").touch()
    named = [{"kept.png": "", "removed.png": ""}, {"kept.png": ""}]

    def dump(folder: Path) -> Dump:
        (folder / "x").write_text("dump")
        return Dump("sqlite", "3", [("database/x", folder / "x")], media=named.pop(0))

    monkeypatch.setattr(backups, "dump_database", dump)
    said: list[str] = []
    made = backups.make_backup(folder=tmp_path / "to", key_file=None, say=said.append)
    assert (made.files, made.faults) == (1, [])
    assert "1 files are gone. Looking whether the database knows …" in said


@pytest.mark.once
def test_media_in_an_object_store_are_not_ours(settings, tmp_path: Path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    }
    with pytest.raises(BackupError, match="not in a folder"):
        backups.make_backup(folder=tmp_path, key_file=None, say=print)


def test_two_in_a_second_are_two(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 27, 23, 59, 59, 900_000, tzinfo=UTC)
    names = []
    for _number in range(3):
        path = backups.new_path(tmp_path, moment, is_encrypted=False)
        path.touch()
        names.append(path.name)
    assert names == [
        "waypost-20261127T235959Z.tar", "waypost-20261128T000000Z.tar",
        "waypost-20261128T000001Z.tar",
    ]  # fmt: skip
