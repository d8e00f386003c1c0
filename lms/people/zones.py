"""The time zones that a person may choose from, by the names of their cities in his language."""

from functools import cache
from zoneinfo import available_timezones

from babel.dates import get_timezone_location
from django.utils.translation import get_language

from lms.text import APOSTROPHES, sort_key

# Other names of zones that are in the list.
OLD_NAMES = {
    "Europe/Belfast", "Europe/Kiev", "Europe/Tiraspol", "Europe/Uzhgorod", "Europe/Zaporozhye",
}  # fmt: skip


def zone_name(zone: str) -> str:
    """The city by which a zone is known, in the active language."""
    return _name_in(zone, get_language() or "en")


@cache
def _name_in(zone: str, language: str) -> str:
    if zone == "UTC":
        return zone
    found: str = get_timezone_location(zone, locale=language, return_city=True)
    return found.translate(APOSTROPHES)


def zones_offered(own: str = "") -> list[tuple[str, str]]:
    """Europe's zones by name, then UTC; and `own`, wherever it is."""
    zones = {zone for zone in available_timezones() if zone.startswith("Europe/")} - OLD_NAMES
    named = [(zone, zone_name(zone)) for zone in zones | {own} - {"", "UTC"}]
    return [*sorted(named, key=lambda pair: sort_key(pair[1])), ("UTC", "UTC")]
