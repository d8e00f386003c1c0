"""The erasure of a person by the administrator of his service."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.people.models import User
from lms.people.signing import signed_in
from lms.privacy.actions.erasure import StillOpen, erase_person
from lms.privacy.forms import ErasureForm


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what goes and what stays; once that is confirmed, do it."""
    user = cast(User, request.user)
    person = get_object_or_404(User.objects.visible_to(user).select_related("service"), pk=pk)
    if not user.has_perm("privacy.erase", person):
        raise PermissionDenied
    if person.erased_at:
        messages.info(request, _("This person’s data are erased already."))
        return redirect("staff:person", person.pk)
    if person.is_active:
        messages.error(request, _("The account is open: discharge the person first."))
        return redirect("staff:person", person.pk)
    form = ErasureForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            erase_person(user=person, reason=form.cleaned_data["reason"], actor=user)
        except StillOpen:  # taken back into service in the meantime
            messages.error(request, _("The account is open: discharge the person first."))
        else:
            messages.success(request, _("The data are erased. A number stands for the name now."))
        return redirect("staff:person", person.pk)
    return render(request, "privacy/erase.html", {"form": form, "person": person})
