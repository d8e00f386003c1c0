"""The doors in the head of every page. Apps register theirs in `apps.py: ready()`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise


@dataclass(frozen=True)
class Door:
    """One entry of the head.

    `sections` are beginnings of view names that belong to this door though their address does not
    say so: the door of "My learning" is home and keeps `("courses:lesson",)`.
    """

    label: str | Promise
    url_name: str
    shown: Callable[[HttpRequest], bool]
    order: int = 50
    sections: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShownDoor:
    label: str | Promise
    url: str
    current: str  # the value of aria-current: "page", "true", or "" elsewhere


_doors: list[Door] = []


def register(door: Door) -> None:
    """Add a door; the same view for the same people twice is an error at start."""
    if any(known.url_name == door.url_name and known.shown is door.shown for known in _doors):
        raise ImproperlyConfigured(f"The door to {door.url_name} is registered twice.")
    _doors.append(door)


def doors(request: HttpRequest) -> list[ShownDoor]:
    """The doors this request may see, in order, at most one of them marked as current.

    A request that failed before anyone could be recognised sees none.
    """
    if not hasattr(request, "user"):
        return []
    seen = sorted((door for door in _doors if door.shown(request)), key=lambda door: door.order)
    weights = [_nearness(request, door, _address(door.url_name)) for door in seen]
    best = max(weights, default=0)
    nearest = weights.index(best) if best else None
    return [
        ShownDoor(door.label, url, _current(request, url) if index == nearest else "")
        for index, door in enumerate(seen)
        for url in (_address(door.url_name),)
    ]


@cache
def _address(url_name: str) -> str:
    """Which never changes while the process runs."""
    return reverse(url_name)


def _current(request: HttpRequest, url: str) -> str:
    return "page" if request.path == url else "true"


def _nearness(request: HttpRequest, door: Door, url: str) -> int:
    """How surely the page lies behind the door: a view named by it, then the longest address
    above it, then its namespace; 0 for not at all."""
    match = request.resolver_match
    name = match.view_name if match else ""
    if request.path == url or name == door.url_name:
        return 1_000_000
    if any(name.startswith(section) for section in door.sections):
        return 100_000
    if url != "/" and request.path.startswith(url):
        return 10 + len(url)
    namespace, _, _ = door.url_name.rpartition(":")
    return 1 if namespace and name.startswith(f"{namespace}:") else 0
