"""The database's part of a backup: a copy of one moment while others write, and its way back.

PostgreSQL is copied by pg_dump under an exported snapshot, so that the names of the files, the
counts and the dump are of the same moment; the password goes by the environment. SQLite is copied
by VACUUM INTO rather than by its backup API: both are of one moment and hold up no writer, but a
copy page by page would bring along the free pages, with what was erased from them.
"""

# Every name in the SQL below is one of the schema's own, and every program one that was looked up.
# ruff: noqa: S603, S608

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, connections, models, transaction
from django.db.backends.postgresql.client import DatabaseClient

from lms.ops.archives import DATABASE, PIECE, BackupError, Manifest, named
from lms.people import jobs
from lms.people.models import Job, JobItem

Ask = Callable[[str], list[tuple[Any, ...]]]

SQLITE_DUMP = f"{DATABASE}/waypost.sqlite3"
POSTGRESQL_DUMP = f"{DATABASE}/waypost.pgdump"
ITEMS_DUMP = f"{DATABASE}/{JobItem._meta.db_table}.copy"
SESSIONS, ITEMS, JOBS = (model._meta.db_table for model in (Session, JobItem, Job))
ASIDE = "before_restore_"  # the start of a schema's name
PATIENCE = 60  # seconds for a lock that a migration may hold
REPORTED = 20  # lines of what a program said


@dataclass
class Dump:
    """`files` are pairs of the name in the archive and the path; `media` gives for each file that
    the rows name its SHA-256, or "" where no row says it."""

    kind: Literal["sqlite", "postgresql"]
    server: str
    files: list[tuple[str, Path]]
    migrations: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def kind() -> Literal["sqlite", "postgresql"]:
    return "sqlite" if connection.vendor == "sqlite" else "postgresql"


def sqlite_path() -> Path:
    return Path(connection.settings_dict["NAME"])


def dump_database(folder: Path) -> Dump:
    """Write the dump into an empty folder. Raises BackupError."""
    return dump_sqlite(folder) if kind() == "sqlite" else dump_postgresql(folder)


def _secret_kinds() -> str:
    """The kinds of jobs whose results are secret, as a list in SQL."""
    return ", ".join(f"'{code}'" for code in sorted(jobs.secret_codes())) or "''"


def _note(dump: Dump, ask: Ask, tables: list[str]) -> None:
    """What the manifest says about the database, asked from the same moment as the dump."""
    if "django_migrations" not in tables:
        raise BackupError("The database is empty: there is nothing to back up.")
    found = ask("SELECT app, name FROM django_migrations ORDER BY app, name")
    dump.migrations = [f"{app}.{name}" for app, name in found]
    dump.rows = {table: int(ask(f'SELECT count(*) FROM "{table}"')[0][0]) for table in tables}
    for table, file, digest in _media_columns():
        if table in tables:
            rows = ask(f'SELECT "{file}", {digest} FROM "{table}" WHERE "{file}" <> \'\'')
            dump.media.update((str(name), str(sha256)) for name, sha256 in rows)


def _media_columns() -> Iterator[tuple[str, str, str]]:
    """Table, column with the file's name, and an expression for its SHA-256."""
    for model in apps.get_models():
        columns = {column.name for column in model._meta.concrete_fields}
        for column in model._meta.concrete_fields:
            if isinstance(column, models.FileField):
                digest = '"sha256"' if "sha256" in columns else "''"
                yield model._meta.db_table, str(column.column), digest


# SQLite


def dump_sqlite(folder: Path) -> Dump:
    source, copy = sqlite_path(), folder / "waypost.sqlite3"
    if not source.exists():
        raise BackupError(f"There is no database at {source}.")
    dump = Dump("sqlite", sqlite3.sqlite_version, [(SQLITE_DUMP, copy)])
    try:
        with closing(_opened(source)) as database:
            database.execute("VACUUM INTO ?", [str(copy)])
        with closing(sqlite3.connect(copy, isolation_level=None)) as database:
            tables = _sqlite_tables(database)
            _clean_sqlite(database, tables)
            dump.faults = _sqlite_faults(database)
            _note(dump, lambda sql: database.execute(sql).fetchall(), tables)
    except sqlite3.Error as error:
        raise BackupError(f"The database could not be copied: {error}.") from error
    return dump


def _opened(path: Path) -> sqlite3.Connection:
    """A database that must be there already."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=20)


def _sqlite_tables(database: sqlite3.Connection) -> list[str]:
    rows = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%'"
        " ESCAPE '\\' ORDER BY name"
    )
    return [name for (name,) in rows]


def _clean_sqlite(database: sqlite3.Connection, tables: list[str]) -> None:
    """Take out of the copy what no backup holds; overwritten, not only unlinked."""
    database.execute("PRAGMA secure_delete = ON")
    if SESSIONS in tables:
        database.execute(f'DELETE FROM "{SESSIONS}"')
    if ITEMS in tables:
        database.execute(
            f"""UPDATE "{ITEMS}" SET result = '{{}}' WHERE job_id IN
                (SELECT id FROM "{JOBS}" WHERE kind IN ({_secret_kinds()}))"""
        )


def _sqlite_faults(database: sqlite3.Connection) -> list[str]:
    """What is wrong inside the file. Raises BackupError when it is not a whole database."""
    said = [row for (row,) in database.execute("PRAGMA integrity_check(5)")]
    if said != ["ok"]:
        raise BackupError(f"The database is damaged: {'; '.join(said)}.")
    rows = database.execute("PRAGMA foreign_key_check").fetchall()
    return [f"{row[0]} row {row[1]} names a row of {row[2]} that is not there" for row in rows]


def _is_sqlite_in_use(path: Path) -> bool:
    """Whether another process has the database open; if not, all of it is in one file now."""
    try:
        with closing(_opened(path)) as database:
            database.execute("PRAGMA busy_timeout = 2000")
            database.execute("PRAGMA journal_mode = DELETE").fetchall()
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    except sqlite3.DatabaseError:  # what is broken is in nobody's use
        pass
    return False


def _with_its_log(path: Path) -> list[Path]:
    """The files of a SQLite database, which its name with these endings are."""
    return [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]


def _is_sqlite_empty(path: Path) -> bool:
    if not path.exists():
        return True
    try:
        with closing(_opened(path)) as database:
            return not _sqlite_tables(database)
    except sqlite3.Error:
        return False


def restore_sqlite(folder: Path, stamp: str, undo: ExitStack) -> str:
    """Move the copy to where the database was; what was there is kept under the name returned."""
    path = sqlite_path()
    connections.close_all()
    is_empty = _is_sqlite_empty(path)
    if path.exists() and _is_sqlite_in_use(path):
        raise BackupError(f"{path} is in use. Stop the web server and the worker first.")
    aside = "" if is_empty else f"{path.name}.before-restore-{stamp}"
    path.parent.mkdir(parents=True, exist_ok=True)
    for there in _with_its_log(path):
        if there.exists() and aside:
            kept = there.with_name(there.name.replace(path.name, aside, 1))
            there.rename(kept)
            undo.callback(kept.rename, there)
        else:
            there.unlink(missing_ok=True)
    undo.callback(_remove_sqlite, path)
    shutil.move(folder / SQLITE_DUMP, path)
    return str(path.with_name(aside)) if aside else ""


def _remove_sqlite(path: Path) -> None:
    connections.close_all()
    for there in _with_its_log(path):
        there.unlink(missing_ok=True)


# PostgreSQL


def _program(name: str) -> str:
    """The path of a client program that is not older than the server. Raises BackupError."""
    path = shutil.which(name)
    server = _server_version() // 10000
    package = f"It comes with the package postgresql-client-{server}."
    if path is None:
        raise BackupError(f"There is no {name} on this machine. {package}")
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"\) (\d+)", said)
    version = int(match[1]) if match else 0
    if version < server:
        raise BackupError(
            f"{name} is of version {version}, older than the server, {server}. {package}"
        )
    return path


def _server_version() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0])


def _environment() -> dict[str, str]:
    """How the programs find the database: nothing of it stands on a command line."""
    said = connection.settings_dict
    _words, more = DatabaseClient.settings_to_cmd_args_env(said, [])
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "NAME": "PGDATABASE"}
    ours = {variable: str(said[name]) for name, variable in names.items() if said.get(name)}
    return os.environ | ours | (more or {})


def _run(program: str, *words: str) -> None:
    done = subprocess.run(
        [program, *words], env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-REPORTED:])
        raise BackupError(f"{Path(program).name} failed:\n{said}")


def _asked(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _postgresql_tables() -> list[str]:
    rows = _asked("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    return [name for (name,) in rows]


def dump_postgresql(folder: Path) -> Dump:
    program = _program("pg_dump")
    whole, items = folder / "waypost.pgdump", folder / "items.copy"
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SET LOCAL statement_timeout = 0")
        snapshot = _asked("SELECT pg_export_snapshot()")[0][0]
        tables = _postgresql_tables()
        dump = Dump("postgresql", _asked("SHOW server_version")[0][0], [(POSTGRESQL_DUMP, whole)])
        _note(dump, _asked, tables)
        _run(
            program, "--format=custom", "--no-owner", "--no-privileges", "--no-comments",
            "--no-password", f"--snapshot={snapshot}", f"--lock-wait-timeout={PATIENCE}s",
            f"--exclude-schema={ASIDE}*", f"--exclude-table-data=public.{SESSIONS}",
            f"--exclude-table-data=public.{ITEMS}", f"--file={whole}",
        )  # fmt: skip
        if SESSIONS in dump.rows:
            dump.rows[SESSIONS] = 0
        if ITEMS in tables:
            _copy_items(items)
            dump.files.append((ITEMS_DUMP, items))
    return dump


def _columns(table: str) -> list[str]:
    rows = _asked(
        "SELECT attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped"
        f" AND attrelid = 'public.{table}'::regclass ORDER BY attnum"
    )
    return [name for (name,) in rows]


def _copy_items(path: Path) -> None:
    """The items of jobs, without secret results: pg_dump takes whole tables only."""
    secret = f'SELECT id FROM "{JOBS}" WHERE kind IN ({_secret_kinds()})'
    shown = [
        f"CASE WHEN job_id IN ({secret}) THEN '{{}}'::jsonb ELSE result END"
        if name == "result"
        else f'"{name}"'
        for name in _columns(ITEMS)
    ]
    statement = f'COPY (SELECT {", ".join(shown)} FROM "{ITEMS}") TO STDOUT'
    with path.open("wb") as file, connection.cursor() as cursor, cursor.copy(statement) as copied:
        for piece in copied:
            file.write(piece)


def restore_postgresql(folder: Path, stamp: str, undo: ExitStack) -> str:
    """Fill the empty database; what was there goes into a schema, whose name is returned."""
    program = _program("pg_restore")
    others = _asked(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND usename = current_user"
        " AND backend_type = 'client backend'"
    )[0][0]
    if others:
        raise BackupError(
            f"{others} other connections use the database. Stop the web server and the worker"
            " first."
        )
    _run(program, "--list", str(folder / POSTGRESQL_DUMP))
    aside = "" if _is_postgresql_empty() else ASIDE + stamp.lower()
    undo.callback(_empty_postgresql, aside)
    if aside:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'ALTER SCHEMA public RENAME TO "{aside}"')
            cursor.execute("CREATE SCHEMA public")
    _run(
        program, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
        "--no-comments", "--no-password", f"--dbname={connection.settings_dict['NAME']}",
        str(folder / POSTGRESQL_DUMP),
    )  # fmt: skip
    if (folder / ITEMS_DUMP).exists():
        _fill_items(folder / ITEMS_DUMP)
    return f"schema {aside}" if aside else ""


def _fill_items(path: Path) -> None:
    with (
        path.open("rb") as file,
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{ITEMS}" FROM STDIN') as copied,
    ):
        while piece := file.read(PIECE):
            copied.write(piece)


def _is_postgresql_empty() -> bool:
    return not _asked("SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace LIMIT 1")


def _empty_postgresql(aside: str) -> None:
    """As it was before the restore: what was put aside, or nothing."""
    connections.close_all()
    with transaction.atomic(), connection.cursor() as cursor:
        if not aside:
            for table in _postgresql_tables():
                cursor.execute(f'DROP TABLE "{table}" CASCADE')
            return
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [aside])
        if cursor.fetchone():
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute(f'ALTER SCHEMA "{aside}" RENAME TO public')


# Both


def is_empty() -> bool:
    """Whether there is nothing in the database that a restore would put aside."""
    return _is_sqlite_empty(sqlite_path()) if kind() == "sqlite" else _is_postgresql_empty()


def restore_database(folder: Path, stamp: str, undo: ExitStack) -> str:
    """Bring the database of the unpacked backup in; where what was there is kept, or "".

    `undo` gets what puts everything back. Raises BackupError.
    """
    restore = restore_sqlite if kind() == "sqlite" else restore_postgresql
    return restore(folder, stamp, undo)


def check_database(manifest: Manifest) -> None:
    """Compare the restored database with the manifest. Raises BackupError."""
    tables = connection.introspection.table_names()
    counted = {table: int(_asked(f'SELECT count(*) FROM "{table}"')[0][0]) for table in tables}
    wrong = sorted(
        table for table in counted.keys() | manifest.rows.keys()
        if counted.get(table) != manifest.rows.get(table)
    )  # fmt: skip
    if wrong:
        raise BackupError(f"Of the database {named(wrong)} not as in the backup.")
    found = _asked("SELECT app, name FROM django_migrations ORDER BY app, name")
    if [f"{app}.{name}" for app, name in found] != manifest.migrations:
        raise BackupError("The database does not have the migrations that the backup names.")
    if kind() == "sqlite" and not manifest.faults:
        with suppress(StopIteration):
            row = next(iter(_asked("PRAGMA foreign_key_check")))
            raise BackupError(f"{row[0]} names a row of {row[2]} that is not there.")
