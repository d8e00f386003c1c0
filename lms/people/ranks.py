"""The ranks of each country's border service, from `data/ranks.yaml`."""

from functools import cache
from pathlib import Path

from lms.readable import read_yaml

SOURCE = Path(__file__).parent / "data" / "ranks.yaml"


@cache
def ranks(country: str) -> dict[str, dict[str, str]]:
    """Key of a rank → its name per language, junior first; empty for an unknown country."""
    rows = read_yaml(SOURCE).get(country, [])
    return {row["key"]: {code: row[code] for code in row if code != "key"} for row in rows}


def rank_name(country: str, key: str, language: str) -> str:
    """A rank in a language; a key that the list does not know is shown as it is stored."""
    return ranks(country).get(key, {}).get(language, key)
