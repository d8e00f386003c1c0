"""Views for those who have signed in."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


def page_of_form(request: HttpRequest) -> str:
    """The address of our page that sent this form, else home."""
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}, request.is_secure()):
        parts = urlsplit(referer)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return reverse("home")


def signed_in(
    view: Callable[Concatenate[HttpRequest, P], R],
) -> Callable[Concatenate[HttpRequest, P], R | HttpResponseRedirect]:
    """As `login_required`; but after a form the person comes back to the page it stood on.

    A view that only takes a POST would answer the return from the sign-in page with an error.
    """

    @wraps(view)
    def wrapped(
        request: HttpRequest, *args: P.args, **kwargs: P.kwargs
    ) -> R | HttpResponseRedirect:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        back = (
            request.get_full_path() if request.method in {"GET", "HEAD"} else page_of_form(request)
        )
        return redirect_to_login(back)

    return wrapped  # type: ignore[return-value] # functools.wraps keeps the argument's name
