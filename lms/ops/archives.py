"""The file of a backup: a tar of plain files, encrypted by age (age-encryption.org/v1) with a key.

Written and read as a stream: neither memory nor the disk ever holds more of it than a piece. The
last two members are the manifest, which names each file with its size and SHA-256, and the
manifest's own SHA-256, so that a flipped bit anywhere is found, in a file without a key too.

age is the format because a backup must be readable without Waypost (`age --decrypt`), and because
its public key encrypts: the server need not hold what opens its backups. It says that a file is as
it was written, not who wrote it: whoever has the public key and may write to the folder can put a
backup of his own there.
"""

import os
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Literal, cast

import pyrage
from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

MANIFEST, SEAL = "manifest.json", "manifest.sha256"
DATABASE, MEDIA = "database", "media"  # the folders of the other members
LARGEST_MANIFEST = 512 * 1024 * 1024  # bytes; a file takes about 150
PIECE = 1024 * 1024
AGE = b"age-encryption.org/v1\n"
SECRET_KEY, PUBLIC_KEY = "AGE-SECRET-KEY-", "age1"
DAMAGED = "The backup is damaged or cut off"


class BackupError(Exception):
    """Why a backup could not be made or used, in a sentence for the operator."""


class FileNote(BaseModel):
    """`path` as in the archive; `size` in bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    size: NonNegativeInt
    sha256: str


class Manifest(BaseModel):
    """What a backup holds. `migrations` are "app.name"; `rows` counts those of each table."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    product: str
    made_at: datetime
    database: Literal["sqlite", "postgresql"]
    server: str
    migrations: list[str]
    rows: dict[str, NonNegativeInt]
    dump: list[FileNote]
    media: list[FileNote]
    faults: list[str] = []


class Hashing:
    """A file that is read by others, and the hash of what they have read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(size)
        self.digest.update(piece)
        return piece


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


class Writer:
    """Puts files into the archive, one after the other, and notes what was put in."""

    def __init__(self, target: IO[bytes]) -> None:
        self.tar = tarfile.open(fileobj=target, mode="w|", bufsize=PIECE)  # noqa: SIM115

    def add(self, name: str, path: Path) -> FileNote:
        """Raises FileNotFoundError before anything of it is written."""
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode = status.st_size, int(status.st_mtime), 0o600
            reader = Hashing(file)
            self.tar.addfile(member, reader)  # type: ignore[arg-type] # it only reads
        self.tar.members = []  # type: ignore[attr-defined] # it would grow with each file
        return FileNote(path=name, size=status.st_size, sha256=reader.digest.hexdigest())

    def close(self, manifest: Manifest) -> None:
        """Write the manifest, its hash and the end."""
        text = manifest.model_dump_json(indent=1).encode()
        for name, content in (MANIFEST, text), (SEAL, sha256(text).hexdigest().encode()):
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), int(manifest.made_at.timestamp())
            member.mode = 0o600
            self.tar.addfile(member, BytesIO(content))
        self.tar.close()


def unpack(source: IO[bytes], folder: Path) -> Manifest:
    """Write the files of an archive into an empty folder and compare each with the manifest.

    Members are trusted in nothing: only plain files with the names that we give are taken. Raises
    BackupError, and then what lies in the folder is good for nothing.
    """
    found: dict[str, FileNote] = {}
    try:
        with tarfile.open(fileobj=source, mode="r|", bufsize=PIECE) as tar:
            for member in tar:
                name = _checked(member, folder)
                if name in found:
                    raise BackupError(f"{DAMAGED}: {name} is in it twice.")
                found[name] = _extracted(tar, member, folder)
                tar.members = []  # type: ignore[attr-defined] # it would grow with each file
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise BackupError(f"{DAMAGED}: {error}.") from error
    manifest = _manifest(found, folder)
    _compare(found, manifest)
    return manifest


def _checked(member: tarfile.TarInfo, folder: Path) -> str:
    """The name of a member, if it is one of ours. Raises BackupError."""
    name = member.name
    path = PurePosixPath(name)
    is_ours = name in (MANIFEST, SEAL) or (len(path.parts) > 1 and path.parts[0] in _FOLDERS)
    is_plain = str(path) == name and not {"..", "."} & {*path.parts} and "\\" not in name
    try:
        filtered = tarfile.data_filter(member, str(folder))
    except tarfile.FilterError as error:
        raise BackupError(f"The backup is not one of ours: {error}.") from error
    is_file = member.isreg() and not member.issparse()
    if not (is_ours and is_plain and is_file) or filtered.name != name:
        raise BackupError(f"The backup is not one of ours: {name!r} has no place in it.")
    return name


_FOLDERS = (DATABASE, MEDIA)


def _extracted(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> FileNote:
    content = cast("IO[bytes]", tar.extractfile(member))  # of a plain file
    reader, size = Hashing(content), 0
    path = folder / member.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            while piece := reader.read(PIECE):
                size += file.write(piece)
    except OSError as error:
        raise BackupError(f"{member.name} could not be unpacked: {error.strerror}.") from error
    if size != member.size:
        raise BackupError(f"{DAMAGED}: {member.name} is not whole.")
    return FileNote(path=member.name, size=size, sha256=reader.digest.hexdigest())


def _manifest(found: dict[str, FileNote], folder: Path) -> Manifest:
    """The manifest, if it is whole and of a format that we know. Raises BackupError."""
    if MANIFEST not in found or SEAL not in found:
        raise BackupError(f"{DAMAGED}: it has no manifest.")
    if found[SEAL].size != sha256().digest_size * 2 or found[MANIFEST].size > LARGEST_MANIFEST:
        raise BackupError(f"{DAMAGED}: its manifest is none.")
    if (folder / SEAL).read_bytes() != found[MANIFEST].sha256.encode():
        raise BackupError(f"{DAMAGED}: its manifest has changed since it was written.")
    text = (folder / MANIFEST).read_bytes()
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        if any(one["loc"] == ("format",) for one in error.errors()):
            raise BackupError(
                "The backup has another format than this version of Waypost reads."
            ) from error
        raise BackupError(f"{DAMAGED}: its manifest is none.") from error


def _compare(found: dict[str, FileNote], manifest: Manifest) -> None:
    """Raises BackupError unless the archive holds what the manifest says, and nothing else."""
    said = {note.path: note for note in [*manifest.dump, *manifest.media]}
    held = {name: note for name, note in found.items() if name not in (MANIFEST, SEAL)}
    if missing := sorted(said.keys() - held.keys()):
        raise BackupError(f"{DAMAGED}: {named(missing)} not in it.")
    if extra := sorted(held.keys() - said.keys()):
        raise BackupError(f"The backup was changed: its manifest does not know {named(extra)}.")
    if wrong := sorted(name for name in said if said[name] != held[name]):
        raise BackupError(f"{DAMAGED}: {named(wrong)} not as written.")


def named(names: Sequence[str], most: int = 3) -> str:
    """`a is`, or `a, b, c and 4 more are`."""
    shown = ", ".join(names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{shown}{more} {'is' if len(names) == 1 else 'are'}"


def is_encrypted(path: Path) -> bool:
    """By the first bytes. Raises BackupError when the file cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(AGE)) == AGE
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}.") from error


def new_key(path: Path) -> str:
    """Write a new secret key into a new file that only the owner reads; the public key."""
    key = pyrage.x25519.Identity.generate()
    public = str(key.to_public())
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BackupError(f"{path} cannot be made: {error.strerror}.") from error
    with os.fdopen(number, "w") as file:
        file.write(f"# public key: {public}\n{key}\n")
    return public


def _keys(path: Path) -> list[str]:
    """The lines of a key file that are keys. Raises BackupError, and never quotes a line."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="ascii").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no key file"
        raise BackupError(f"The key file {path} cannot be read: {reason}.") from error
    return [line for line in lines if line and not line.startswith("#")]


def public_keys(path: Path) -> "list[pyrage.x25519.Recipient]":
    """Whom to encrypt for: the public keys of the file, and those of its secret keys."""
    found = []
    for number, line in enumerate(_keys(path), 1):
        try:
            if line.startswith(SECRET_KEY):
                found.append(pyrage.x25519.Identity.from_str(line).to_public())
            else:
                found.append(pyrage.x25519.Recipient.from_str(line))
        except (pyrage.IdentityError, pyrage.RecipientError) as error:
            raise BackupError(f"Key {number} in {path} is no age key.") from error
    if not found:
        raise BackupError(f"There is no key in {path}.")
    return found


def secret_keys(path: Path) -> "list[pyrage.x25519.Identity]":
    """What opens a backup: the secret keys of the file."""
    lines = _keys(path)
    secret = [line for line in lines if not line.startswith(PUBLIC_KEY)]
    if lines and not secret:
        raise BackupError(f"{path} holds the public key, which only encrypts. Give the secret key.")
    try:
        found = [pyrage.x25519.Identity.from_str(line) for line in secret]
    except pyrage.IdentityError as error:
        raise BackupError(f"There is something else than age keys in {path}.") from error
    if not found:
        raise BackupError(f"There is no key in {path}.")
    return found


class _Target:
    """The file behind pyrage, which loses what goes wrong in its last write (seen in 1.4)."""

    def __init__(self, file: IO[bytes], errors: list[BaseException]) -> None:
        self.file, self.errors = file, errors

    def write(self, piece: bytes) -> int:
        try:
            return self.file.write(piece)
        except OSError as error:
            self.errors.append(error)
            raise

    def flush(self) -> None:
        self.file.flush()


def _beside(work: Callable[[], None], errors: list[BaseException]) -> threading.Thread:
    """A thread that does the work, and keeps what it raises."""

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@contextmanager
def encrypting(file: IO[bytes], keys: "Sequence[pyrage.x25519.Recipient]") -> Iterator[IO[bytes]]:
    """A file to write to, whose content comes encrypted into the given one.

    pyrage reads from one end of a pipe what is written into the other.
    """
    reader, writer = (os.fdopen(n, mode) for n, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
    errors: list[BaseException] = []

    def work() -> None:
        with reader:
            pyrage.encrypt_io(reader, _Target(file, errors), keys)

    thread = _beside(work, errors)
    try:
        yield writer  # type: ignore[misc]
        writer.close()
    except BrokenPipeError:  # the other end gave up, and says why
        thread.join()
        if not errors:
            raise
    finally:
        with suppress(BrokenPipeError):
            writer.close()
        thread.join()
    if errors:
        raise errors[0]


@contextmanager
def decrypting(file: IO[bytes], keys: "Sequence[pyrage.x25519.Identity]") -> Iterator[IO[bytes]]:
    """A file to read from: the decrypted content of the given one.

    Raises BackupError for a wrong key and for a file that was changed or cut off; what was read
    until then is genuine, but not all.
    """
    reader, writer = (os.fdopen(n, mode) for n, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
    errors: list[BaseException] = []

    def work() -> None:
        with suppress(BrokenPipeError), writer:
            pyrage.decrypt_io(file, writer, keys)

    thread = _beside(work, errors)
    try:
        yield reader  # type: ignore[misc]
        while reader.read(PIECE):  # type: ignore[arg-type] # the end is authentic too
            pass
    except BackupError as error:
        reader.close()
        thread.join()
        if errors:
            raise _undecipherable(errors[0]) from error
        raise
    finally:
        reader.close()
        thread.join()
    if errors:
        raise _undecipherable(errors[0])


def _undecipherable(error: BaseException) -> BackupError:
    if "No matching keys" in str(error):
        return BackupError("The key does not open this backup: it was made with another one.")
    return BackupError(f"{DAMAGED}, or the key is wrong: {error}.")
