"""Whether a machine readable zone is consistent (ICAO Doc 9303 parts 3 to 7), and what is not."""

import re
from datetime import date

WEIGHTS = (7, 3, 1)
Field = tuple[str, int, int, int]  # name, line from 0, first and last position from 0, digit behind
# Of each format: the fields with a check digit, the parts under the composite one, and its place.
TD3: list[Field] = [
    ("number", 1, 0, 9), ("birth", 1, 13, 19), ("expiry", 1, 21, 27), ("optional", 1, 28, 42)
]  # fmt: skip
TD2: list[Field] = [("number", 1, 0, 9), ("birth", 1, 13, 19), ("expiry", 1, 21, 27)]
TD1: list[Field] = [("number", 0, 5, 14), ("birth", 1, 0, 6), ("expiry", 1, 8, 14)]
COMPOSITE = {
    "TD3": ([(1, 0, 10), (1, 13, 20), (1, 21, 43)], (1, 43)),
    "TD2": ([(1, 0, 10), (1, 13, 20), (1, 21, 35)], (1, 35)),
    "TD1": ([(0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)], (1, 29)),
}
FIELDS = {"TD3": TD3, "TD2": TD2, "TD1": TD1, "MRV": TD2}


def digit_of(text: str) -> str:
    """The check digit of a string: weights 7, 3, 1, modulo 10; < is 0, A is 10."""
    values = (0 if sign == "<" else int(sign, 36) for sign in text)
    return str(sum(value * WEIGHTS[n % 3] for n, value in enumerate(values)) % 10)


def format_of(lines: list[str]) -> str:
    """TD1, TD2, TD3 or MRV; "" for what is no whole zone."""
    if any(not re.fullmatch(r"[A-Z0-9<]+", line) for line in lines):
        return ""
    shape = [len(line) for line in lines]
    if shape in ([44, 44], [36, 36]) and lines[0][0] == "V":
        return "MRV"
    return {(44, 44): "TD3", (36, 36): "TD2", (30, 30, 30): "TD1"}.get(tuple(shape), "")


def faults_of(zone: str) -> set[str] | None:
    """What is wrong: names of fields whose digit is wrong, `composite`, `birth-date`,
    `expiry-date`. None for what is no whole zone, of which nothing can be said."""
    lines = re.sub(r"[\[\]{}]", "", zone).split()
    kind = format_of(lines)
    if not kind:
        return None
    found = set()
    for name, line, start, end in FIELDS[kind]:
        text, digit = lines[line][start:end], lines[line][end]
        is_long = (
            name == "number" and digit == "<" and kind != "MRV"
        )  # goes on in the optional data
        is_empty = name == "optional" and digit == "<" and not text.strip("<")
        if not (is_long or is_empty or digit == digit_of(text)):
            found.add(name)
        if name in {"birth", "expiry"} and not _is_day(text):
            found.add(f"{name}-date")
    if kind in COMPOSITE:
        parts, (line, place) = COMPOSITE[kind]
        whole = "".join(lines[number][start:end] for number, start, end in parts)
        if lines[line][place] != digit_of(whole):
            found.add("composite")
    return found


def _is_day(text: str) -> bool:
    """Whether YYMMDD is a day in 19YY or 20YY; parts that are not known are <<."""
    if "<" in text:
        return all(part == "<<" or part.isdecimal() for part in (text[:2], text[2:4], text[4:]))
    if not text.isdecimal():
        return False
    for century in (1900, 2000):
        try:
            date(century + int(text[:2]), int(text[2:4]), int(text[4:]))
        except ValueError:
            continue
        return True
    return False
