"""What an export is about to write: gathered first, then put in place file by file."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

from courses.catalogue_errors import CatalogueError
from courses.models import CourseFile
from lms.yaml_edits import edited

Content = bytes | Path | CourseFile
PIECE = 1024 * 1024


class Output:
    """The files of one folder; those that it lacks are read from `base`, if there is one.

    `label` stands before names that are shown, `told` is what the files cannot say.
    """

    def __init__(self, folder: Path, base: Path | None = None, label: str = "") -> None:
        self.folder, self.label = folder, label
        self.base = base if base and base.is_dir() else None
        self.told: list[str] = []
        self._done: set[str] = set()
        self._contents: dict[str, Content] = {}
        self._removed: list[str] = []

    def tell(self, place: str, what: str) -> None:
        self.told.append(f"{self.label}{place}: {what}")

    def is_first(self, name: str) -> bool:
        """Whether this is asked for the first time."""
        if name in self._done:
            return False
        self._done.add(name)
        return True

    def path(self, name: str) -> Path | None:
        """Where the file stands now."""
        for folder in (self.folder, self.base):
            if folder and (folder / name).is_file():
                return folder / name
        return None

    def names(self, pattern: str) -> list[str]:
        """The files that stand there or are to be written, by a pattern of `Path.glob`."""
        found = {name for name in self._contents if Path(name).match(pattern)}
        for folder in filter(None, (self.folder, self.base)):
            found |= {
                str(path.relative_to(folder)) for path in folder.glob(pattern) if path.is_file()
            }
        return sorted(found)

    def text(self, name: str) -> str:
        """What the file says, or is to say; empty where there is none."""
        content = self._contents.get(name) or self.path(name)
        if isinstance(content, bytes):
            return content.decode()
        return content.read_text(encoding="utf-8") if isinstance(content, Path) else ""

    def content(self, name: str) -> Content | None:
        return self._contents.get(name) or self.path(name)

    def put(self, name: str, content: "str | Content") -> None:
        """Have the file hold this. A text that says the same with other line ends is the same."""
        if isinstance(content, str):
            there = self.path(name)
            is_there = there and there.read_text(encoding="utf-8") == content
            content = there if there and is_there else content.encode()
        self._contents[name] = content

    def yaml(self, name: str, wanted: Any, *, spaced: bool = False) -> None:
        """Have the file say what is wanted, changed where it differs. Raises CatalogueError."""
        try:
            self.put(name, edited(self.text(name), wanted, spaced=spaced))
        except yaml.YAMLError as error:
            raise CatalogueError(f"{name}: {error}") from error

    def copy(self, pattern: str) -> None:
        """Have the files of the base here too."""
        for path in self.base.glob(pattern) if self.base else []:
            name = str(path.relative_to(self.base or path))
            if path.is_file() and not (self.folder / name).exists():
                self.put(name, path)

    def remove(self, name: str) -> None:
        if (self.folder / name).is_file():
            self._removed.append(name)

    def write(self) -> Iterator[str]:
        """Put each file in place that differs; says which. Raises OSError."""
        for name, content in sorted(self._contents.items()):
            path = self.folder / name
            if path.is_file() and _is_same(path, content):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, content)
            yield f"written: {self.label}{name}"
        for name in self._removed:
            (self.folder / name).unlink()
            yield f"removed: {self.label}{name}"
            if not any((self.folder / name).parent.iterdir()):
                (self.folder / name).parent.rmdir()


def digest_of(content: Content) -> str:
    """SHA-256 of what is to be written."""
    if isinstance(content, CourseFile):
        return content.sha256
    digest = hashlib.sha256()
    for piece in _pieces(content):
        digest.update(piece)
    return digest.hexdigest()


def _is_same(path: Path, content: Content) -> bool:
    return content == path or digest_of(path) == digest_of(content)


def _pieces(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, CourseFile):
        with content.file.open("rb") as file:
            yield from file.chunks(PIECE)
    else:
        with content.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


def _replace(path: Path, content: Content) -> None:
    """The whole file or none: written beside and moved there."""
    beside = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        with beside.open("wb") as file:
            for piece in _pieces(content):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
