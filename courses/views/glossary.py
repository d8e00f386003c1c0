"""The glossary of the service: everybody looks terms up, trainers edit them."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses.actions.glossary import KeyTaken, add_term, change_term
from courses.forms.glossary import GlossaryForm, TermForm
from courses.models import Term
from lms.people.models import Organisation, User
from lms.people.rules import is_trainer
from lms.people.signing import signed_in
from lms.ui.paging import page_of


@signed_in
@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """The terms in the person's language, searched in all of them."""
    user = cast(User, request.user)
    form = GlossaryForm(request.GET)
    terms = Term.objects.visible_to(user)
    if form.words:
        terms = terms.matching(form.words)
    context = {
        "form": form,
        "page": page_of(request, terms.in_order(user.language), per_page=50),
        "may_edit": is_trainer(user),
    }
    return render(request, "courses/glossary/list.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A term that the glossary lacks."""
    user = cast(User, request.user)
    if not is_trainer(user):
        raise PermissionDenied
    form = TermForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            term = add_term(
                service=cast(Organisation, user.service),
                key=form.cleaned_data["key"],
                said=form.values(),
                actor=user,
            )
        except KeyTaken:
            form.add_error("key", _("Another term has this key."))
        else:
            return _to_list(term)
    return render(request, "courses/glossary/term.html", {"form": form})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """A term as a trainer words it."""
    user = cast(User, request.user)
    term = get_object_or_404(Term.objects.visible_to(user), key=key)
    if not user.has_perm("courses.edit_term", term):
        raise PermissionDenied
    form = TermForm(request.POST if request.method == "POST" else None, term=term)
    if form.is_valid():
        change_term(term=term, said=form.values(), actor=user)
        messages.success(request, _("Saved."))
        return _to_list(term)
    return render(request, "courses/glossary/term.html", {"form": form, "term": term})


def _to_list(term: Term) -> HttpResponse:
    address = reverse("glossary:list")
    return redirect(f"{address}?q={term.key.replace('-', '+')}")
