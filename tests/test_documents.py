"""What the documents claim: each file and each test that the table of the ASVS names exists."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "lms" / "docs" / "asvs.md").read_text(encoding="utf-8")
STATES = ("met", "partly", "open", "operator", "n/a")
IN_LEVELS = {1: 70, 2: 183}  # of ASVS 5.0.0
NOTHING, BY_READING = "–", "by reading"
IDENTIFIER = re.compile(r"V\d+\.\d+\.\d+")
QUOTED = re.compile(r"`([^`]+)`")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*")


class Row(NamedTuple):
    line: int
    identifier: str
    level: str
    asks: str
    state: str
    how: str
    shown: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.identifier}"


def rows() -> Iterator[Row]:
    for number, line in enumerate(TEXT.splitlines(), 1):
        if line.startswith("| V"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            assert len(cells) == 6, f"line {number} has {len(cells)} cells: {line}"
            yield Row(number, *cells)


ROWS = list(rows())


@cache
def named_in(path: Path) -> frozenset[str]:
    """The names of the test functions of a file, which is parsed and not run."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def what_is_wrong(row: Row) -> Iterator[str]:
    if not all(row):
        yield "an empty cell"
    if not (IDENTIFIER.fullmatch(row.identifier) and row.level in {"1", "2"}):
        yield f"no identifier, or no level: {row.level!r}"
    if row.state not in STATES:
        yield f"state {row.state!r}"
    if row.state == "met":
        if not any((ROOT / one).exists() for one in QUOTED.findall(row.how)):
            yield "met, and no file says how"
        if row.shown == NOTHING:
            yield "met, and no test shows it"
    yield from missing_files(row)
    yield from missing_tests(row)


def missing_files(row: Row) -> Iterator[str]:
    for path in QUOTED.findall(row.how):
        is_path = PATH.fullmatch(path) and ("/" in path or Path(path).suffix)
        if is_path and not (ROOT / path).exists():
            yield f"no file {path}"


def missing_tests(row: Row) -> Iterator[str]:
    tests = QUOTED.findall(row.shown)
    if not tests and row.shown not in {NOTHING, BY_READING}:
        yield f"no test in {row.shown!r}"
    for test in tests:
        path, _, name = test.partition("::")
        if not (ROOT / path).is_file():
            yield f"no file {path}"
        elif not name.startswith("test_") or name not in named_in(ROOT / path):
            yield f"no test {name} in {path}"


def told(faults: list[str]) -> str:
    """Whole, for pytest cuts lists short."""
    return "\n" + "\n".join(faults)


def test_each_row_is_whole_and_what_it_names_exists() -> None:
    faults = [f"{row}: {fault}" for row in ROWS for fault in what_is_wrong(row)]
    assert not faults, told(faults)


def test_requirements_are_all_there_once_and_in_order() -> None:
    places = [(tuple(map(int, row.identifier[1:].split("."))), str(row)) for row in ROWS]
    faults = [
        f"{after[1]}: twice, or behind a later one"
        for before, after in pairwise(places)
        if after[0] <= before[0]
    ]
    assert not faults, told(faults)
    assert Counter(int(row.level) for row in ROWS) == IN_LEVELS


def test_all_that_is_open_is_told_once_with_what_it_takes() -> None:
    listed = Counter(IDENTIFIER.findall(TEXT.partition("\n## What is open\n")[2]))
    left = Counter(row.identifier for row in ROWS if row.state in {"open", "partly"})
    faults = [f"{name}: not in the list of what is open" for name in left - listed]
    faults += [f"{name}: listed as open twice, or not open" for name in listed - left]
    assert not faults, told(faults)


def test_the_sum_is_that_of_the_rows() -> None:
    counts = Counter(row.state for row in ROWS)
    said = ", ".join(f"{counts[state]} {state}" for state in STATES)
    assert f"Of {len(ROWS)} requirements: {said}." in TEXT
