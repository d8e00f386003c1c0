"""Serves a stored file: whole or, for films and downloads, the bytes asked for (RFC 9110).

The text formats (SVG, captions) go out whole and compressed; the others answer `Range`.
"""

import logging
import re
from collections.abc import Iterator
from typing import IO

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header, parse_etags

from courses.models import CourseFile

logger = logging.getLogger(__name__)

PIECE = 64 * 1024
RANGE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.IGNORECASE | re.ASCII)
LONGEST_NUMBER = 18  # digits; no file is as large
SHOWN = ("image/", "video/", "text/vtt")  # the others are downloaded
COMPRESSED_ON_THE_WAY = ("image/svg+xml", "text/")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


class Unsatisfiable(ValueError):
    """The range lies behind the end of the file."""


class Piece:
    """The bytes of an open file from `start`, `length` of them; closed with the response."""

    def __init__(self, file: "IO[bytes]", start: int, length: int) -> None:
        self.file, self.left = file, length
        file.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        while self.left > 0 and (piece := self.file.read(min(PIECE, self.left))):
            self.left -= len(piece)
            yield piece

    def close(self) -> None:
        self.file.close()


def range_of(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte that a `Range` header asks for; None: the whole file.

    What is not understood, and more than one range, gives the whole. Raises Unsatisfiable.
    """
    match = RANGE.fullmatch(header)
    if match is None or not any(match.groups()):
        return None
    if any(len(number) > LONGEST_NUMBER for number in match.groups()):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size - 1
        if not int(last):
            raise Unsatisfiable
    else:
        start, end = int(first), min(int(last or size), size - 1)
        if last and int(last) < start:
            return None
    if start >= size:
        raise Unsatisfiable
    return start, end


def respond(request: HttpRequest, row: CourseFile) -> HttpResponseBase:
    """The file, a part of it, or the news that the browser has it. Raises Http404 when it is lost.

    A file never changes, so its name for caches is its content's hash. Whoever asks has been
    checked before.
    """
    etag = f'"{row.sha256}"'
    has_ranges = not row.content_type.startswith(COMPRESSED_ON_THE_WAY)
    response: HttpResponseBase
    known = [
        tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))
    ]
    if etag in known or known == ["*"]:
        response = HttpResponse(status=304)
        del response["Content-Type"]
        return _with_headers(response, row, etag, has_ranges)
    try:
        size = row.file.size
        if request.method == "HEAD":
            response = HttpResponse()
            response["Content-Length"] = str(size)
        else:
            wanted = _wanted(request, size, etag) if has_ranges else None
            response = _part(row, wanted, size)
    except FileNotFoundError:
        logger.exception("the file %s of a course is gone", row.pk)
        raise Http404 from None
    except Unsatisfiable:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
    is_text = row.content_type.startswith("text/")
    response["Content-Type"] = row.content_type + ("; charset=utf-8" if is_text else "")
    return _with_headers(response, row, etag, has_ranges)


def _wanted(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """The range, unless `If-Range` names another file than this one (dates are not given out)."""
    header = request.headers.get("Range", "")
    if not header or request.headers.get("If-Range", etag) != etag:
        return None
    return range_of(header, size)


def _part(row: CourseFile, wanted: tuple[int, int] | None, size: int) -> StreamingHttpResponse:
    start, end = wanted or (0, size - 1)
    response = StreamingHttpResponse(
        Piece(row.file.open(), start, end - start + 1), status=206 if wanted else 200
    )
    response["Content-Length"] = str(end - start + 1)
    if wanted:
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    return response


def _with_headers(
    response: HttpResponseBase, row: CourseFile, etag: str, has_ranges: bool
) -> HttpResponseBase:
    response["ETag"] = etag
    if has_ranges:
        response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    if not row.content_type.startswith(SHOWN):
        response["Content-Disposition"] = content_disposition_header(True, row.name) or ""
    return response
