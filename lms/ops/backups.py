"""Makes backups: one file with the database of one moment and the media that it names.

What a backup leaves out, and why:

- sessions: whoever found the file could go on in them; everybody signs in again;
- results of jobs that are secret (one-time codes not yet printed): they open accounts. Their jobs
  come back as if the codes had been fetched, and new ones are made;
- the cache, with the rate limits in it, the queue, collected static files, mails kept as files:
  made again, or found again by the sweeps;
- SECRET_KEY and the key of the backups: a key does not lie in the chest that it opens;
- files that no row names: an upload or a certificate that was never finished.

Hashes of passwords and the secret addresses of calendar feeds are in it, for they must go on
working. So a backup is worth encrypting.

Files are written once and never changed, a row that names a file is committed after the file is
whole, and a file is removed after its row, or when no row came to be. So files are copied after the
database: each that the dump names is there, unless row and file were removed in between, and then
the next dump does not name it.
"""

import os
import re
import shutil
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone

from lms.ops.archives import (
    MEDIA,
    BackupError,
    FileNote,
    Manifest,
    Writer,
    encrypting,
    public_keys,
)
from lms.ops.databases import Dump, dump_database

NAME = re.compile(r"waypost-\d{8}T\d{6}Z\.tar(\.age)?")
PART = ".part"
TEMPORARY = "backup-"  # the start of a folder's name in DATA_DIR
ABANDONED = 24 * 60 * 60  # seconds; what is older is no living process's
TRIES = 5
Say = Callable[[str], object]


@dataclass(frozen=True)
class Made:
    """`size` in bytes; `faults` are sentences: what the backup could not hold as it should be."""

    path: Path
    size: int
    is_encrypted: bool
    files: int
    rows: int
    faults: list[str]


def product_version() -> str:
    text = (Path(settings.BASE_DIR) / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def media_storage() -> FileSystemStorage:
    """Where the media lie. Raises BackupError when it is no folder."""
    if not isinstance(default_storage, FileSystemStorage):
        raise BackupError("The media are not in a folder. Back them up where they are kept.")
    return default_storage


def stamp_of(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def new_path(folder: Path, moment: datetime, *, is_encrypted: bool) -> Path:
    """Where a backup of the moment goes; of two in one second the later is named a second on."""
    ending = ".tar.age" if is_encrypted else ".tar"
    while (path := folder / f"waypost-{stamp_of(moment)}{ending}").exists():
        moment += timedelta(seconds=1)
    return path


def make_backup(*, folder: Path, key_file: Path | None, say: Say) -> Made:
    """Write a new backup into the folder. Raises BackupError, and OSError for a full disk.

    It has its name only when all of it is on the disk; it is readable by its owner alone.
    """
    media_storage()
    keys = public_keys(key_file) if key_file else []
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_abandoned(folder)
    now = timezone.now()
    path = new_path(folder, now, is_encrypted=bool(keys))
    part = path.with_name(path.name + PART)
    with ExitStack() as failed:
        failed.callback(part.unlink, missing_ok=True)
        manifest = _written(part, keys, now, say)
        part.rename(path)
        failed.pop_all()
    _fsync_folder(folder)
    return Made(
        path=path,
        size=path.stat().st_size,
        is_encrypted=bool(keys),
        files=len(manifest.media),
        rows=sum(manifest.rows.values()),
        faults=manifest.faults,
    )


def _written(part: Path, keys: list[object], now: datetime, say: Say) -> Manifest:
    """Dump, and write all into `part`; anew when files were removed in between."""
    lost: set[str] = set()
    for _try in range(TRIES):
        with _temporary_folder() as temporary:
            say("Copying the database …")
            dump = dump_database(temporary)
            missing = {name for name in dump.media if not _is_there(name)}
            if missing - lost:  # lost is what the second dump names too
                lost |= missing
                say(f"{len(missing)} files are gone. Looking whether the database knows …")
                continue
            say(f"Copying {len(dump.media) - len(missing)} files …")
            try:
                with _private(part) as file, ExitStack() as stack:
                    target = stack.enter_context(encrypting(file, keys)) if keys else file
                    return _write(target, dump, missing, now)
            except FileNotFoundError:
                say("A file was removed meanwhile. Beginning anew …")
    raise BackupError("Files are being removed again and again. Try later.")


def _write(target: IO[bytes], dump: Dump, missing: set[str], now: datetime) -> Manifest:
    writer = Writer(target)
    dumped = [writer.add(name, path) for name, path in dump.files]
    faults = [*dump.faults, *(f"the file {name} is missing" for name in sorted(missing))]
    media: list[FileNote] = []
    for name, digest in sorted(dump.media.items()):
        if name in missing:
            continue
        note = writer.add(f"{MEDIA}/{name}", Path(default_storage.path(name)))
        media.append(note)
        if digest and note.sha256 != digest:
            faults.append(f"the file {name} is damaged: it is not what the database says")
    manifest = Manifest(
        product=product_version(), made_at=now, database=dump.kind, server=dump.server,
        migrations=dump.migrations, rows=dump.rows, dump=dumped, media=media, faults=faults,
    )  # fmt: skip
    writer.close(manifest)
    return manifest


def _is_there(name: str) -> bool:
    try:
        return Path(default_storage.path(name)).is_file()
    except SuspiciousFileOperation:
        return False


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """A new file for the owner alone, which is on the disk for good at the end."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _fsync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """For the dump, which is not encrypted: beside the data, not where the backups go."""
    with tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=settings.DATA_DIR) as folder:
        yield Path(folder)


def _remove_abandoned(folder: Path) -> None:
    """Remove what a killed run has left."""
    before = time.time() - ABANDONED
    for path in folder.iterdir():
        name = path.name.removesuffix(PART)
        if name != path.name and NAME.fullmatch(name) and path.stat().st_mtime < before:
            path.unlink()
    for path in Path(settings.DATA_DIR).glob(f"{TEMPORARY}*"):
        if path.is_dir() and path.stat().st_mtime < before:
            shutil.rmtree(path, ignore_errors=True)


def remove_older(folder: Path, *, keep: int) -> list[Path]:
    """Remove all backups in the folder but the newest `keep`; those removed.

    Files with other names, and links, are nobody's business here.
    """
    found = sorted(
        path for path in folder.iterdir()
        if NAME.fullmatch(path.name) and path.is_file() and not path.is_symlink()
    )  # fmt: skip
    older = found[:-keep]
    for path in older:
        path.unlink()
    return older
