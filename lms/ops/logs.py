"""Log records as JSON, one object a line, with nothing in them that tells of a person.

What a record says is kept, what it quotes is not: of the arguments of a message only numbers,
keys and times are shown, and texts where our own code logs them (which names no person); of an
error its kind and the places in the code, for its message may quote a row or a form.
"""

import json
import logging
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from celery import current_task
from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from lms.ui.middleware import reference

OURS: Final = ("lms.", "courses.", "quizzes.", "certificates.")
PLAIN: Final = (int, float, Decimal, UUID, date, type(None))
PHRASES: Final = {status.phrase for status in HTTPStatus}
METHODS: Final = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
HIDDEN: Final = "…"
UNKNOWN: Final = "unknown"
LONGEST_CHAIN: Final = 10  # of errors, each the cause of the one before

current_request: ContextVar[HttpRequest | None] = ContextVar("current_request", default=None)


def route_of(request: HttpRequest) -> str:
    """The name of the view that is asked for, never the path; one name for all that is none."""
    match = request.resolver_match
    if match is None:  # answered before a view was looked for, or not yet looked for
        if request.path_info.startswith(settings.STATIC_URL):
            return "static"
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return UNKNOWN
    return str(match.view_name)


def method_of(request: HttpRequest) -> str:
    return request.method if request.method in METHODS else "other"


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; `access`, if the record has it, is put beside the rest."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC)
        entry: dict[str, Any] = {
            "time": time.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
        }
        # Django logs an answer over 400 when all middleware is done with the request.
        request = current_request.get() or getattr(record, "request", None)
        mark = reference.get()
        if isinstance(request, HttpRequest):
            entry |= {"method": method_of(request), "route": route_of(request)}
            mark = getattr(request, "reference", mark)
        if mark != "-":
            entry["reference"] = mark
        if current_task and current_task.request.id:
            entry |= {"task": current_task.name, "task_id": current_task.request.id}
        entry |= getattr(record, "access", {})
        if record.exc_info and record.exc_info[1] is not None:
            entry["errors"] = chain_of(record.exc_info[1])
        return json.dumps(entry, ensure_ascii=False, default=str)


def message_of(record: logging.LogRecord) -> str:
    """The message without what it quotes."""
    if record.name.startswith("django.security"):
        return "refused"  # the text quotes what the client sent; the logger's name says what it is
    if isinstance(record.msg, BaseException):
        return kind_of(record.msg)
    text, is_ours = str(record.msg), record.name.startswith(OURS)
    if not record.args:
        return text
    shown: Any
    if isinstance(record.args, Mapping):
        shown = {name: _shown(value, is_ours) for name, value in record.args.items()}
    else:
        shown = tuple(_shown(value, is_ours) for value in record.args)
    try:
        return str(text % shown)
    except (TypeError, ValueError, KeyError):  # a number was asked for, and a text is hidden
        return text


def _shown(value: object, is_ours: bool) -> object:
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, BaseException):
        return kind_of(value)
    if isinstance(value, str) and (is_ours or value in PHRASES):
        return value
    return HIDDEN


def kind_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def chain_of(error: BaseException) -> list[dict[str, Any]]:
    """The error and what led to it, the latest first: kind and places, inmost last."""
    chain: list[dict[str, Any]] = []
    found: BaseException | None = error
    while found is not None and len(chain) < LONGEST_CHAIN:
        frames = traceback.StackSummary.extract(
            traceback.walk_tb(found.__traceback__), lookup_lines=False
        )
        places = [f"{_place(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
        chain.append({"kind": kind_of(found), "at": places})
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return chain


def _place(path: str) -> str:
    return path.removeprefix(f"{settings.BASE_DIR}/")
