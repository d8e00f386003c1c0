import logging
from collections.abc import Callable
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from lms.ops import metrics
from lms.ops.logs import current_request, method_of, route_of
from lms.ops.urls import urlpatterns

access = logging.getLogger("lms.ops.access")


class Probes:
    """Answers probes before any other middleware looks at them.

    So they need no session and set no cookie, are not led to HTTPS, and may be asked for by any
    Host: a probe uses the address of a machine or container. That is safe, for no answer depends
    on the Host or carries an address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.views = {f"/{entry.pattern}": entry.callback for entry in urlpatterns}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = self.views.get(request.path_info)
        return view(request) if view else self.get_response(request)


class Watch:
    """Counts requests; tells the log which it is in, and writes a line of each if it is JSON.

    The time runs until the answer's headers: a file goes out after that.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = current_request.set(request)
        start = perf_counter()
        try:
            response = self.get_response(request)
            self.note(request, response.status_code, perf_counter() - start)
        finally:
            current_request.reset(token)
        return response

    @staticmethod
    def note(request: HttpRequest, status: int, seconds: float) -> None:
        method, route = method_of(request), route_of(request)
        metrics.requests.labels(route, method, metrics.status_class(status)).inc()
        metrics.request_seconds.labels(route).observe(seconds)
        if settings.LOG_FORMAT == "json":
            what = {"status": status, "milliseconds": round(seconds * 1000)}
            access.info("%s %s %s", method, route, status, extra={"access": what})
