"""What a probe asks: is the process there, can it work, which code is it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from lms.ops import readiness, release


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; touches nothing, so what it stands on may be down."""
    return _answer({"live": True})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when all that the process stands on works, else 503; names the parts and no more."""
    parts = readiness.parts()
    is_ready = all(parts.values())
    return _answer({"ready": is_ready, "parts": parts}, status=200 if is_ready else 503)


@require_safe
def version(request: HttpRequest) -> HttpResponse:
    return _answer({"version": release.version(), "revision": release.revision()})


def _answer(body: dict[str, Any], status: int = 200) -> HttpResponse:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return JsonResponse(body, status=status, headers=headers)
