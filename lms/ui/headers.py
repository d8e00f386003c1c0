"""Headers of static files, which no middleware of Django's sees. Imported by the settings."""

from wsgiref.headers import Headers

ALONE = "default-src 'none'; frame-ancestors 'none'"


def for_static(headers: Headers, path: str, url: str) -> None:
    """The policy of a static file opened by itself: it loads nothing and stands in no frame.

    WhiteNoise calls this once a file, at its start.
    """
    headers["Content-Security-Policy"] = ALONE
