from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from lms.ops.urls import urlpatterns


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
