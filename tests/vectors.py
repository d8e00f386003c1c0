"""The shared test vectors: real files that nobody here wrote, read where they lie."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def folder() -> Path:
    """WAYPOST_VECTORS, absolute or relative to the checkout; by default beside the checkout."""
    return ROOT / (os.environ.get("WAYPOST_VECTORS") or "../shared/vectors")


def vector(*parts: str) -> Path:
    """A file of the vectors. Without it the test says nothing, so it fails."""
    file = folder().joinpath(*parts)
    if not file.is_file():
        pytest.fail(
            f"TEST VECTORS ARE MISSING: {file} does not exist. Set WAYPOST_VECTORS to the folder "
            f"of the shared vectors (absolute, or relative to {ROOT}).",
            pytrace=False,
        )
    return file
