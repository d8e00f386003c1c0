"""What a spreadsheet makes of the cells of a CSV, and how it is kept from it.

OWASP, "CSV Injection": a cell that begins with one of these signs may be calculated.
"""

import re

BOM = "\ufeff"
SIGNS = r"[=+\-@\t\r\n|\uff1d\uff0b\uff0d\uff20]"  # with their wide doubles
DANGEROUS = re.compile(rf"\A'*{SIGNS}")
GUARDED = re.compile(rf"\A'+{SIGNS}")
SEMICOLON = {"uk", "be", "ru"}  # where the comma is in the numbers


def with_guard(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet could calculate it."""
    return f"'{text}" if DANGEROUS.match(text) else text


def without_guard(text: str) -> str:
    """What `with_guard` was given."""
    return text[1:] if GUARDED.match(text) else text


def separator_in(language: str | None) -> str:
    """Excel takes a comma for a decimal point where these languages are set, and splits by ";"."""
    return ";" if language in SEMICOLON else ","
