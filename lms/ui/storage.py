"""One stylesheet for the page out of many for its keepers, without a build tool."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from whitenoise.storage import (  # type: ignore[import-untyped]
    CompressedManifestStaticFilesStorage,
)

STYLESHEET = "lms/index.css"
IMPORT = re.compile(r'@import url\("([^"]+)"\) layer\((\w+)\);')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
INDENTED = re.compile(r"\s*\n\s*")


def bundle(index: str, read: Callable[[str], str]) -> str:
    """The stylesheet `index` with each `@import url("…") layer(…)` replaced by the file's rules.

    `read` gives the text of a file by the address written in the import. Comments and indentation
    go; gzip takes care of the rest. A file that cannot be read is an error of `read`.
    """

    def layer(match: re.Match[str]) -> str:
        return f"@layer {match[2]} {{\n{read(match[1])}\n}}"

    text = COMMENT.sub("", IMPORT.sub(layer, COMMENT.sub("", index)))
    return INDENTED.sub("\n", text).strip() + "\n"


class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's hashed and compressed files, with `lms/index.css` served as one file.

    Imports between our modules are hashed too. The parts are read from where collectstatic found
    them, never from STATIC_ROOT: there the bundle of an earlier run looks newer than its source and
    would be kept for ever.
    """

    support_js_module_import_aggregation = True

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, Any, Any]]:
        if STYLESHEET in paths and not dry_run:
            text = bundle(source(paths, STYLESHEET), lambda url: source(paths, f"lms/{url}"))
            memory = InMemoryStorage()
            memory.save(STYLESHEET, ContentFile(text.encode()))
            self.delete(STYLESHEET)
            self.save(STYLESHEET, ContentFile(text.encode()))
            paths = {**paths, STYLESHEET: (memory, STYLESHEET)}
        yield from super().post_process(paths, dry_run=dry_run, **options)


def source(paths: dict[str, Any], name: str) -> str:
    """The text of a file that collectstatic found; KeyError if it found none."""
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read(), "utf-8")
