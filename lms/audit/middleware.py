from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from lms.audit.actions import address


def client_address(request: HttpRequest) -> str | None:
    """The address of the browser; behind our proxy the last entry that the proxy itself added."""
    text = request.META.get("REMOTE_ADDR", "")
    if settings.TRUST_FORWARDED_FOR and (chain := request.headers.get("X-Forwarded-For")):
        text = chain.split(",")[-1].strip()
    try:
        return str(ip_address(text))
    except ValueError:
        return None


class Address:
    """Tells the audit log from where a request came."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = address.set(client_address(request))
        try:
            return self.get_response(request)
        finally:
            address.reset(token)
