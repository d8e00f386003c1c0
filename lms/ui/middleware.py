"""A short reference for each request, to be read out on the telephone and found in the log."""

import logging
import re
import secrets
import sqlite3
from collections.abc import Callable
from contextvars import ContextVar
from urllib.parse import quote, unquote

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from lms.ui.uploads import FORM_MB, MEGABYTE
from lms.ui.views import busy, too_large

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0 O 1 I
reference: ContextVar[str] = ContextVar("reference", default="-")


def new_reference() -> str:
    """Eight letters in two groups (40 bits), such as `7K3M-9QXD`."""
    letters = [LETTERS[byte % len(LETTERS)] for byte in secrets.token_bytes(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


class RequestId:
    """Sets `request.reference` and the header X-Request-ID.

    A reference sent by the client is not taken over: it could not be trusted in the log.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.reference = new_reference()  # type: ignore[attr-defined]
        token = reference.set(request.reference)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            reference.reset(token)
        response["X-Request-ID"] = request.reference  # type: ignore[attr-defined]
        return response


# serialization_failure, deadlock_detected, lock_not_available
LOCKED = {"40001", "40P01", "55P03"}
logger = logging.getLogger(__name__)


def is_lock(error: BaseException) -> bool:
    """Whether the database refused because somebody else was writing, so that a later try helps."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        # The extended codes keep the plain one in their low byte.
        code: int = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return getattr(cause, "sqlstate", None) in LOCKED


class Busy:
    """Answers 503 when a lock of the database lasted too long: nothing was saved, send it again.

    The page's script keeps an answer that got a 503 and sends it once more.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not (isinstance(exception, OperationalError) and is_lock(exception)):
            return None
        view = request.resolver_match.view_name if request.resolver_match else "-"
        logger.warning("%s %s: %s", request.method, view, exception)
        return busy(request)


class BodySize:
    """Refuses a body that is too large before a byte of it is read.

    Before the check of forms, which reads it: a multipart body goes to disk, whoever sends it.
    Where nothing is uploaded as much is taken as Django keeps in memory; an upload (`uploads`)
    only from who has signed in. Without a Content-Length a body is empty to Django.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], args: object, kwargs: object
    ) -> HttpResponse | None:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:  # Django takes it for 0 too
            return None
        if length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return None
        most = getattr(view, "uploads", 0)
        if most and request.user.is_authenticated:
            most = getattr(settings, most) if isinstance(most, str) else most
            if length <= (most + FORM_MB) * MEGABYTE:
                return None
        return too_large(request)


class Kept:
    """Tells the browser which form the server took, so that keep.js forgets what was typed.

    A form says its name and the stamp of what it sends in the field `kept`; a person's form that
    is answered with a redirect is taken. The cookie gathers them until a page reads it.
    """

    MARK = re.compile(r"[\w.:/-]{1,200}~[a-z0-9]{1,40}")
    LENGTH = 1500  # of the cookie: older marks go first, which costs a needless notice at most

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            request.method == "POST"
            and response.status_code in {302, 303}
            and request.user.is_authenticated
            and self.MARK.fullmatch(mark := request.POST.get("kept", ""))
        ):
            cookie = f"{settings.COOKIE_PREFIX}kept"
            earlier = unquote(request.COOKIES.get(cookie, "")).split()
            marks = [one for one in earlier if self.MARK.fullmatch(one)] + [mark]
            while len(value := quote(" ".join(marks))) > self.LENGTH:
                marks = marks[1:]
            response.set_cookie(
                cookie, value, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
            )
        return response


class ReferenceFilter(logging.Filter):
    """Gives each log record its request's `reference`, "-" outside of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.reference = reference.get()
        return True


class GZip(GZipMiddleware):
    """Compresses, but not what offers byte ranges: their numbers are those of the file itself."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.get("Accept-Ranges") == "bytes":
            return response
        return super().process_response(request, response)
