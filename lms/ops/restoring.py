"""Brings a backup back. Nothing is touched before all of it is unpacked and compared.

It is unpacked into a folder beside the media, so that the files are moved and not copied. What was
there is kept aside under a name with the time, and comes back when a later step fails.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from lms.ops import databases
from lms.ops.actions import record_restore
from lms.ops.archives import (
    MEDIA,
    BackupError,
    Manifest,
    decrypting,
    hash_of,
    is_encrypted,
    named,
    secret_keys,
    unpack,
)
from lms.ops.backups import Say, media_storage, product_version, stamp_of


@dataclass(frozen=True)
class Restored:
    """`kept` says where what was there lies now; `faults` are those that the backup tells of."""

    manifest: Manifest
    migrated: int
    kept: list[str]


def restore_backup(*, path: Path, key_file: Path | None, replace: bool, say: Say) -> Restored:
    """Restore into an empty database and media folder, or in the place of what is there.

    Raises BackupError, and OSError for a full disk; then all is as it was.
    """
    root = Path(media_storage().location)
    if not replace:
        _check_empty(root)
    stamp = stamp_of(timezone.now())
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restoring-", dir=root.parent) as temporary:
        folder = Path(temporary)
        say("Unpacking and comparing …")
        with _opened(path, key_file) as source:
            manifest = unpack(source, folder)
        _check_fits(manifest)
        with ExitStack() as undo:
            say(f"Restoring the database ({sum(manifest.rows.values())} rows) …")
            kept = [databases.restore_database(folder, stamp, undo)]
            say(f"Restoring {len(manifest.media)} files …")
            kept.append(_restore_media(folder / MEDIA, root, stamp, undo))
            say("Comparing again …")
            os.sync()
            databases.check_database(manifest)
            _check_media(manifest, root)
            migrated = _migrate(say)
            record_restore(name=path.name, manifest=manifest)
            undo.pop_all()
    return Restored(manifest, migrated, [place for place in kept if place])


def _check_empty(root: Path) -> None:
    there = []
    if not databases.is_empty():
        there.append("The database is not empty")
    if root.exists() and any(root.iterdir()):
        there.append(f"the media folder {root} is not empty")
    if there:
        sentence = " and ".join(there)
        raise BackupError(
            f"{sentence[0].upper()}{sentence[1:]}. With --yes the backup takes their place, and"
            " what is there now is kept aside."
        )


@contextmanager
def _opened(path: Path, key_file: Path | None) -> Iterator[IO[bytes]]:
    """The tar inside the file. Raises BackupError."""
    if is_encrypted(path):
        if key_file is None:
            raise BackupError("The backup is encrypted: give its key with --key-file.")
        with path.open("rb") as file, decrypting(file, secret_keys(key_file)) as plain:
            yield plain
        return
    if key_file is not None:
        raise BackupError(
            "The backup is not encrypted, so the key proves nothing. If you trust the file, leave"
            " --key-file out."
        )
    with path.open("rb") as file:
        yield file


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _check_fits(manifest: Manifest) -> None:
    """Raises BackupError when this code cannot work with the database of the backup."""
    if manifest.database != databases.kind():
        raise BackupError(
            f"The backup is of {manifest.database}, and DATABASE_URL names {databases.kind()}."
        )
    ours = product_version()
    if _numbers(manifest.product) > _numbers(ours):
        raise BackupError(
            f"The backup is of Waypost {manifest.product}, which is newer than this, {ours}."
            " Install that version first."
        )
    disk = MigrationLoader(None).disk_migrations
    known = {f"{app}.{name}" for app, name in disk}
    known |= {f"{app}.{name}" for one in disk.values() for app, name in one.replaces}
    if unknown := sorted(set(manifest.migrations) - known):
        raise BackupError(
            f"The backup is of a newer Waypost: here {named(unknown)} not known. Install the"
            " version that made it."
        )


def _restore_media(source: Path, root: Path, stamp: str, undo: ExitStack) -> str:
    """Move the files to their place; where those that were there are kept, or ""."""
    aside = root.with_name(f"{root.name}.before-restore-{stamp}")
    kept = ""
    if root.exists():
        if any(root.iterdir()):
            root.rename(aside)
            undo.callback(aside.rename, root)
            kept = str(aside)
        else:
            root.rmdir()
            undo.callback(root.mkdir)
    source.mkdir(exist_ok=True)  # a backup without files
    undo.callback(shutil.rmtree, root, ignore_errors=True)
    source.rename(root)
    return kept


def _check_media(manifest: Manifest, root: Path) -> None:
    """Hash each file where it lies now. Raises BackupError."""
    wrong = [
        note.path for note in manifest.media
        if hash_of(root / note.path.removeprefix(f"{MEDIA}/")) != note.sha256
    ]  # fmt: skip
    if wrong:
        raise BackupError(f"The disk does not give back what was written: {named(wrong)} changed.")


def _migrate(say: Say) -> int:
    """Bring the database of an older version up to date; how many migrations that took."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        say(f"Bringing the database up to date ({len(plan)} migrations) …")
        call_command("migrate", verbosity=0, interactive=False)
    return len(plan)


def forget_what_hung_on_it() -> None:
    """Empty the cache and the queue: they speak of the database that was here before.

    On Redis both are one database. The sweeps find anew what is to be done.
    """
    if "cache" in settings.DATABASES:
        call_command("createcachetable", database="cache", verbosity=0)
    cache.clear()
    if not settings.REDIS_URL:
        for path in (Path(settings.QUEUE_DIR) / "messages").glob("*"):
            path.unlink(missing_ok=True)
    connections.close_all()
