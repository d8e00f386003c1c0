"""What is kept about people, why and how long: for anybody, in the reader's language."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.people.views.pages import known_of_reader
from lms.privacy.register import REGISTER


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(
        request, "privacy/privacy.html", known_of_reader(request) | {"register": REGISTER}
    )
