"""Something is done to many at once: count and names before, a job after."""

from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lms.people.actions.jobs import start_job
from lms.people.models import User
from lms.people.signing import page_of_form, signed_in
from lms.reports.bulk import ACTIONS, BulkAction, Selection, Warned
from lms.reports.forms.bulk import BulkForm
from lms.reports.views.lists import the_coordinator
from lms.ui.views import bad_request

NAMES_SHOWN = 10


def _action(selection: Selection, code: str) -> BulkAction:
    """Raises SuspiciousOperation (400) for what no list offers."""
    try:
        return ACTIONS[selection.of, code]
    except KeyError:
        raise SuspiciousOperation(f"no such action: {selection.of} {code}") from None


@signed_in
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """From a list: to the page that confirms, which has an address of its own."""
    the_coordinator(request)
    selection = Selection.from_data(request.POST)
    action = _action(selection, request.POST.get("action", ""))
    if not (selection.is_all or selection.picks):
        messages.warning(request, _("Nobody was chosen. Tick who is meant, then choose again."))
        return redirect(page_of_form(request))
    return redirect(f"{reverse('bulk:confirm')}?{selection.address_for(action.code)}")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """How many, who, what to know before; then the job.

    What was shown comes back with the form (`seen`): when the numbers are others by then, the page
    says so and asks once more.
    """
    user = the_coordinator(request)
    selection = Selection.from_data(request.GET)
    action = _action(selection, request.GET.get("action", ""))
    found = selection.found(user)
    total = found.count()
    if not total:
        messages.warning(request, _("Nobody of those chosen is left among your officers."))
        return redirect(selection.list_address)
    form = action.form(request.POST if request.method == "POST" else None, user=user)
    data = form.cleaned_data if form.is_valid() else {}
    warnings = [one for one in action.warnings(found, user, data) if one.count]
    seen = _seen(total, warnings)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("seen") == seen:
            return _start(request, action, selection, form, total)
        if request.POST.get("seen", "").partition(":")[0] != str(total):
            messages.warning(request, _("The number has changed since you opened this page. Look "
                                        "at it once more and confirm."))  # fmt: skip
        else:
            messages.info(request, _("Read what is said about some of them, then confirm."))
    context = {
        "action": action,
        "form": form,
        "total": total,
        "names": [label for _key, label in islice(action.things(found), NAMES_SHOWN)],
        "more": max(0, total - NAMES_SHOWN),
        "warnings": [(one.text % {"count": one.count}, one.is_grave) for one in warnings],
        "seen": seen,
        "key": _key(request),
        "back": selection.list_address,
    }
    return render(request, "reports/bulk.html", context)


def _seen(total: int, warnings: list[Warned]) -> str:
    return f"{total}:" + ",".join(f"{one.key}={one.count}" for one in warnings)


def _key(request: HttpRequest) -> UUID:
    """What makes a second click harmless: kept when the page is shown again."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid4()


def _start(
    request: HttpRequest, action: BulkAction, selection: Selection, form: BulkForm, total: int
) -> HttpResponse:
    user: User = form.user
    params: dict[str, Any] = action.params(form.cleaned_data)
    try:
        job = start_job(
            kind=action.kind,
            actor=user,
            params=params | {"count": total, "back": selection.list_address},
            things=action.things(selection.found(user)),
            key=_key(request),
        )
    except ValueError:  # a key that is another person's, or nobody left in this very moment
        return bad_request(request)
    return redirect("jobs:job", job.pk)
