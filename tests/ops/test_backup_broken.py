"""Archives that are broken or made to do harm: each is refused in words, and nothing is touched."""

import io
import random
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pyrage
import pytest

from lms.ops.archives import (
    BackupError,
    FileNote,
    Manifest,
    decrypting,
    encrypting,
    public_keys,
    secret_keys,
    unpack,
)
from tests.ops import instances
from tests.ops.instances import Instance

once = pytest.mark.once

DUMP, PICTURE = b"SQLite format 3\0" * 200, bytes(range(256)) * 20
Members = list[tuple[tarfile.TarInfo, bytes]]


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def note(path: str, content: bytes) -> FileNote:
    return FileNote(path=path, size=len(content), sha256=sha256(content).hexdigest())


def manifest(**fields: object) -> Manifest:
    return Manifest(
        **{
            "product": "0.1.0", "made_at": datetime(2026, 11, 27, tzinfo=UTC),
            "database": "sqlite", "server": "3.40", "migrations": [], "rows": {},
            "dump": [note("database/waypost.sqlite3", DUMP)],
            "media": [note("media/courses/a.png", PICTURE)],
        } | fields
    )  # fmt: skip


def files() -> Members:
    return [member("database/waypost.sqlite3", DUMP), member("media/courses/a.png", PICTURE)]


def archive(members: Members, said: Manifest | bytes | None = None) -> bytes:
    """A tar of the members, with a manifest and its seal unless that is b""."""
    text = said if isinstance(said, bytes) else (said or manifest()).model_dump_json().encode()
    ending = [
        member("manifest.json", text),
        member("manifest.sha256", sha256(text).hexdigest().encode()),
    ]
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for info, content in members + (ending if text else []):
            tar.addfile(info, io.BytesIO(content))
    return target.getvalue()


def unpacked(content: bytes, folder: Path) -> Manifest:
    return unpack(io.BytesIO(content), folder)


@once
def test_a_whole_one_is_taken(tmp_path: Path) -> None:
    assert unpacked(archive(files()), tmp_path) == manifest()
    assert (tmp_path / "media/courses/a.png").read_bytes() == PICTURE


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=kind, linkname=to)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "out of the folder": (lambda: archive([*files(), member("../evil", b"x")]), "not one of ours"),
    "out of the media": (
        lambda: archive([*files(), member("media/../../evil", b"x")]), "not one of ours"
    ),
    "absolute": (lambda: archive([*files(), member("/tmp/evil", b"x")]), "not one of ours"),
    "absolute media": (lambda: archive([*files(), member("/media/evil", b"x")]), "not one of ours"),
    "dots inside": (lambda: archive([*files(), member("media/./a", b"x")]), "not one of ours"),
    "another folder": (lambda: archive([*files(), member("secret-key", b"x")]), "not one of ours"),
    "symbolic link": (
        lambda: archive([link("media/out", "/etc"), member("media/out/x", b"x"), *files()]),
        "not one of ours",
    ),
    "link inside": (lambda: archive([*files(), link("media/b", "courses/a.png")]), "no place"),
    "hard link": (
        lambda: archive([*files(), link("media/b", "media/courses/a.png", tarfile.LNKTYPE)]),
        "no place",
    ),
    "pipe": (lambda: archive([*files(), member("media/b", type=tarfile.FIFOTYPE)]), "of ours"),
    "device": (lambda: archive([*files(), member("media/b", type=tarfile.CHRTYPE)]), "of ours"),
    "folder": (lambda: archive([*files(), member("media/b", type=tarfile.DIRTYPE)]), "no place"),
    "a file more": (
        lambda: archive([*files(), member("media/b.png", b"x")]), "does not know media/b.png"
    ),
    "a file less": (lambda: archive(files()[:1]), "media/courses/a.png is not in it"),
    "the same twice": (lambda: archive([*files(), files()[1]]), "is in it twice"),
    "a file on a folder": (
        lambda: archive([*files(), member("media/courses", b"x")]), "could not be unpacked"
    ),
    "other content": (
        lambda: archive([files()[0], member("media/courses/a.png", PICTURE[::-1])]),
        "a.png is not as written",
    ),
    "no manifest": (lambda: archive(files(), b""), "no manifest"),
    "no JSON": (lambda: archive(files(), b"{"), "its manifest is none"),
    "newer format": (
        lambda: archive(files(), manifest().model_dump_json().replace(
            '"format":1', '"format":2').encode()),
        "another format",
    ),
    "no tar": (lambda: b"PK\x03\x04" + bytes(5000), "damaged or cut off"),
    "empty": (lambda: b"", "damaged or cut off"),
}  # fmt: skip


@once
@pytest.mark.parametrize("name", HOSTILE)
def test_refused(name: str, tmp_path: Path) -> None:
    make, sentence = HOSTILE[name]
    inside = tmp_path / "deep" / "folder"
    inside.mkdir(parents=True)
    with pytest.raises(BackupError, match=sentence):
        unpacked(make(), inside)
    assert [path for path in tmp_path.iterdir() if path.name != "deep"] == []
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["folder"]
    assert not [path for path in inside.rglob("*") if path.is_symlink()]


@once
def test_no_flipped_bit_goes_unseen(tmp_path: Path) -> None:
    """A tar has a byte or two that mean nothing: then all is as it was written."""
    content = archive(files())
    end = len(content.rstrip(b"\0"))
    places = [n for n in range(end) if content[n] and content[n : n + 64] != bytes(64)]
    refused = 0
    for number, place in enumerate(random.Random(5).sample(places, 400)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << number % 8
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            assert unpacked(bytes(flipped), folder) == manifest()
            assert (folder / "media/courses/a.png").read_bytes() == PICTURE
        except BackupError:
            refused += 1
    assert refused > 390


@once
def test_no_cut_goes_unseen(tmp_path: Path) -> None:
    content = archive(files())
    end = len(content.rstrip(b"\0"))
    for number, length in enumerate(range(0, end, 509)):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(BackupError, match="damaged or cut off"):
            unpacked(content[:length], folder)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "key.txt"
    path.write_text(f"# a comment\n{pyrage.x25519.Identity.generate()}\n")
    return path


def encrypted(content: bytes, keys: Path) -> bytes:
    target = io.BytesIO()
    with encrypting(target, public_keys(keys)) as file:
        file.write(content)
    return target.getvalue()


def opened(content: bytes, keys: Path, folder: Path) -> Manifest:
    with decrypting(io.BytesIO(content), secret_keys(keys)) as plain:
        return unpack(plain, folder)


@once
def test_encrypted_ones(keys: Path, tmp_path: Path) -> None:
    """Larger than age's pieces of 64 KiB; each flip, cut and added byte is told."""
    large = random.Random(3).randbytes(200_000)
    said = manifest(media=[note("media/large", large)])
    content = encrypted(archive([files()[0], member("media/large", large)], said), keys)
    whole = tmp_path / "whole"
    whole.mkdir()
    assert opened(content, keys, whole) == said
    rng = random.Random(7)
    broken = [content[:length] for length in (10, 150, 70_000, len(content) - 1)]
    broken.append(content + b"x")
    for place in [*range(30, 200, 17), *rng.sample(range(len(content)), 25), len(content) - 1]:
        flipped = bytearray(content)
        flipped[place] ^= 4
        broken.append(bytes(flipped))
    for number, one in enumerate(broken):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(BackupError):
            opened(one, keys, folder)


@once
def test_the_end_of_an_encrypted_one_is_looked_at_too(keys: Path, tmp_path: Path) -> None:
    """The tar is over long before the last piece that age seals."""
    content = encrypted(archive(files()) + bytes(300_000), keys)
    flipped = bytearray(content)
    flipped[-1] ^= 1
    with pytest.raises(BackupError, match="damaged or cut off"):
        opened(bytes(flipped), keys, tmp_path)


@once
def test_a_full_disk_is_told_while_encrypting(keys: Path) -> None:
    class Full(io.RawIOBase):
        def write(self, piece: object) -> int:
            raise OSError(28, "No space left on device")

    def write() -> None:
        with encrypting(Full(), public_keys(keys)) as target:
            for _piece in range(300):
                target.write(bytes(10_000))

    with pytest.raises(OSError, match="No space left"):
        write()


@once
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no key"),
        ("# nothing\n", "There is no key"),
        ("AGE-SECRET-KEY-1QQQQ\n", "no age key"),
        ("ключ\n", "it is no key file"),
        ("a password\n", "no age key"),
    ],
)
def test_key_files(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "key.txt"
    path.write_text(text)
    with pytest.raises(BackupError, match=sentence) as caught:
        public_keys(path)
    assert "QQQQ" not in str(caught.value), "a key is not quoted"
    with pytest.raises(BackupError):
        secret_keys(path)
    with pytest.raises(BackupError, match="cannot be read"):
        public_keys(tmp_path / "missing.txt")


@pytest.fixture(scope="module")
def broken_at(
    built_instance: Instance, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Instance, Path, Path]]:
    """An instance, a good backup of it, and an encrypted one with its key beside."""
    folder = tmp_path_factory.mktemp("broken") / "instance"
    with instances.copied(built_instance, folder) as instance:
        plain = instance.back_up()
        instance.manage("backup", "--new-key", folder / "key.txt")
        secret = instance.back_up("--key-file", folder / "key.txt")
        yield instance, plain, secret


def manifest_in(path: Path) -> Manifest:
    with tarfile.open(path) as tar:
        content = tar.extractfile("manifest.json")
        assert content
        return Manifest.model_validate_json(content.read())


def changed(path: Path, **fields: object) -> bytes:
    """The backup with another manifest, whole and sealed."""
    members: Members = []
    with tarfile.open(path) as tar:
        for info in tar:
            content = tar.extractfile(info)
            assert content
            members.append((info, content.read()))
    return archive(members[:-2], manifest_in(path).model_copy(update=fields))


@once
def test_the_command_touches_nothing(broken_at: tuple[Instance, Path, Path]) -> None:
    instance, plain, secret = broken_at
    folder, key = instance.folder, ("--key-file", instance.folder / "key.txt")
    other = folder / "other.txt"
    other.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    cut, cut_secret = plain.read_bytes()[:-40_000], secret.read_bytes()[:-1]
    known = manifest_in(plain)
    cases: list[tuple[bytes, tuple[object, ...], str]] = [
        (cut, (), "damaged or cut off"),
        (cut_secret, key, "damaged or cut off"),
        (secret.read_bytes(), (), "is encrypted"),
        (secret.read_bytes(), ("--key-file", other), "was made with another one"),
        (plain.read_bytes(), key, "is not encrypted"),
        (archive([*files(), link("media/b", "/etc/passwd")]), (), "not one of ours"),
        (changed(plain, product="99.1.0"), (), "Waypost 99.1.0, which is newer"),
        (changed(plain, migrations=[*known.migrations, "people.0999_later"]), (),
         "people.0999_later is not known"),
        (changed(plain, database="postgresql" if known.database == "sqlite" else "sqlite"), (),
         "and DATABASE_URL names"),
    ]  # fmt: skip
    before = instances.hashes(instance.data)
    for number, (content, words, sentence) in enumerate(cases):
        path = folder / f"{number}.tar"
        path.write_bytes(content)
        said = instance.manage("restore", path, "--yes", *words, ends=1)
        assert sentence in said
        assert "Nothing was restored, all is as it was." in said
        assert instances.hashes(instance.data) == before, sentence
        assert not list(instance.data.glob(".restoring-*"))
    assert "cannot be read" in instance.manage("restore", folder / "none.tar", "--yes", ends=1)


def test_what_fails_after_the_swap_is_put_back(broken_at: tuple[Instance, Path, Path]) -> None:
    """The counts of the manifest are wrong: seen when the database is in its place."""
    instance, plain, _secret = broken_at
    path = instance.folder / "counts.tar"
    known = manifest_in(plain)
    path.write_bytes(changed(plain, rows=known.rows | {"people_user": 5}))
    state, files_there = instance.state(), instance.hashes()
    said = instance.manage("restore", path, "--yes", ends=1)
    assert "people_user is not as in the backup" in said
    assert (instance.state(), instance.hashes()) == (state, files_there)
    assert not list(instance.data.glob("*before-restore*"))
    instance.destroy()
    instance.manage("restore", path, ends=1)
    assert not (instance.data / "media").exists()
    assert instance.manage("restore", plain)
