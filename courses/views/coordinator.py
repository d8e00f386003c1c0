"""The coordinator assigns courses to the officers of a unit by rule."""

from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.actions.assignments import NobodyToAssign, assign, end_assignment
from courses.assigning import Preview, is_over, preview_of
from courses.forms.assignment import AssignmentForm, EndForm
from courses.models import Assignment, Enrolment
from lms.people.models import Membership, Role, User
from lms.people.models.organisation import within
from lms.people.ranks import ranks
from lms.people.rules import is_coordinator
from lms.people.signing import signed_in
from lms.ui.paging import page_of

NAMES_SHOWN = 25
LIVE = Q(completed_at=None, cancelled_at=None)


def _coordinator(request: HttpRequest) -> User:
    """The person, if there is anybody whom he coordinates. Raises PermissionDenied."""
    user = cast(User, request.user)
    if not is_coordinator(user):
        raise PermissionDenied
    return user


def _ranks_in_words(assignment: Assignment, user: User) -> list[str]:
    """The ranks of the rule, senior first, in the person's language."""
    known = ranks(user.service.country) if user.service else {}
    order = [key for key in reversed(known) if key in assignment.ranks]
    return [known[key].get(user.language, key) for key in order]


def counts_of(assignments: list[Assignment], user: User) -> dict[int, dict[str, int]]:
    """Officers enrolled, completed and overdue by assignment, among those whom the user sees.

    One query. An officer who moved away is no longer counted by the unit that he left.
    """
    now = timezone.now()
    rows: Any = (
        Enrolment.objects.visible_to(user)
        .filter(assignment__in=assignments, cancelled_at=None)
        .order_by()
        .values("assignment")
        .annotate(
            enrolled=Count("pk"),
            completed=Count("pk", filter=Q(completed_at__isnull=False)),
            overdue=Count("pk", filter=LIVE & Q(due_at__lte=now)),
        )
    )
    return {row["assignment"]: row for row in rows}


@signed_in
@require_safe
def assignment_list(request: HttpRequest) -> HttpResponse:
    """The assignments to the units coordinated, those in force first."""
    user = _coordinator(request)
    rows = (
        Assignment.objects.visible_to(user)
        .select_related("course", "organisation")
        .order_by(F("ended_at").desc(nulls_first=True), "-created_at", "-pk")
    )
    page = page_of(request, rows)
    found = list(page.object_list)
    counts = counts_of(found, user)
    listed = [
        {
            "assignment": row,
            "ranks": _ranks_in_words(row, user),
            "counts": counts.get(row.pk, {"enrolled": 0, "completed": 0, "overdue": 0}),
        }
        for row in found
    ]
    return render(request, "courses/assignments/list.html", {"page": page, "listed": listed})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new_assignment(request: HttpRequest) -> HttpResponse:
    """The rule, then whom it is for, then the assignment; all of the rule is in the address."""
    user = _coordinator(request)
    is_asked = "unit" in request.GET
    form = AssignmentForm(request.GET if is_asked else None, user=user)
    if not is_asked or "edit" in request.GET or not form.is_valid():
        shown = form if not is_asked or "edit" not in request.GET else _again(request, user)
        context = {"form": shown, "crumbs": _crumbs(_("New assignment"))}
        return render(request, "courses/assignments/new.html", context)
    rule = form.assignment
    if not (user.has_perm("courses.manage_assignment", rule)
            and user.has_perm("courses.give_course", rule.course)):  # fmt: skip
        raise PermissionDenied
    preview = preview_of(rule)
    numbers = _numbers(preview)
    if request.method == "POST":
        if request.POST.get("seen") == numbers["seen"]:
            return _assign(request, rule, user)
        messages.warning(request, _("The numbers have changed since you opened this page. Look "
                                    "at them once more and confirm."))  # fmt: skip
    context = _preview_context(preview, numbers, rule, user) | {
        "key": _key(request),
        "crumbs": _crumbs(_("New assignment")),
        "edit": f"{request.path}?{request.GET.urlencode()}&edit=1",
    }
    return render(request, "courses/assignments/preview.html", context)


def _again(request: HttpRequest, user: User) -> AssignmentForm:
    """The form as it was filled in, without complaints."""
    data = request.GET
    initial: dict[str, Any] = {name: data.get(name) for name in data if name != "ranks"}
    initial |= {"ranks": data.getlist("ranks"), "include_new": "include_new" in data}
    return AssignmentForm(initial=initial, user=user)


def _key(request: HttpRequest) -> UUID:
    """What makes a second click harmless: kept when the page is shown again."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid4()


def _crumbs(here: str) -> list[tuple[str, str]]:
    return [(_("Assignments"), reverse("assignments:list")), (here, "")]


def _numbers(preview: Preview) -> dict[str, Any]:
    counts = {
        "officers": preview.officers.count(),
        "enrolled": preview.enrolled.count(),
        "completed": preview.completed.count(),
    }
    counts["new"] = counts["officers"] - counts["enrolled"] - counts["completed"]
    return counts | {"seen": "-".join(map(str, counts.values()))}


def _preview_context(
    preview: Preview, numbers: dict[str, Any], rule: Assignment, user: User
) -> dict[str, Any]:
    units = Membership.objects.current().filter(
        within([rule.organisation.path], "organisation__path"),
        user=OuterRef("pk"),
        role=Role.OFFICER,
    )
    names = preview.new.order_by("sort_key", "pk").annotate(
        unit=Subquery(units.values("organisation__name")[:1])
    )[:NAMES_SHOWN]
    live = Enrolment.objects.live().filter(officer=OuterRef("pk"), course=rule.course)
    kept = preview.enrolled.order_by("sort_key", "pk").annotate(
        kept_due=Subquery(live.values("due_on")[:1])
    )[:NAMES_SHOWN]
    others = (
        Assignment.objects.visible_to(user)
        .active()
        .filter(course=rule.course)
        .select_related("organisation")
        .order_by("organisation__path", "pk")
    )
    near = [
        other for other in others
        if other.organisation.path.startswith(rule.organisation.path)
        or rule.organisation.path.startswith(other.organisation.path)
    ]  # fmt: skip
    return {
        "rule": rule,
        "ranks": _ranks_in_words(rule, user),
        "numbers": numbers,
        "names": names,
        "more": max(0, numbers["new"] - NAMES_SHOWN),
        "kept": kept,
        "kept_more": max(0, numbers["enrolled"] - NAMES_SHOWN),
        "others": near,
    }


def _assign(request: HttpRequest, rule: Assignment, user: User) -> HttpResponse:
    try:
        assignment, job = assign(
            assignment=rule, actor=user, key=_key(request), back=reverse("assignments:list")
        )
    except NobodyToAssign:
        messages.error(request, _("Nobody is left to be enrolled, and nobody is to come."))
        return redirect(f"{request.path}?{request.GET.urlencode()}&edit=1")
    if job is None:
        messages.success(request, _("Assigned. Officers who come under it are enrolled then."))
        return redirect("assignments:assignment", assignment.pk)
    return redirect("jobs:job", job.pk)


@signed_in
@require_safe
def assignment(request: HttpRequest, pk: int) -> HttpResponse:
    """The rule in words and how far its officers are."""
    return _assignment_page(request, _found(request, pk), EndForm())


def _found(request: HttpRequest, pk: int) -> Assignment:
    user = cast(User, request.user)
    visible = Assignment.objects.visible_to(user)
    return get_object_or_404(
        visible.select_related("course", "organisation", "created_by"), pk=pk
    )  # fmt: skip


def _assignment_page(request: HttpRequest, found: Assignment, form: EndForm) -> HttpResponse:
    user = cast(User, request.user)
    counts = counts_of([found], user).get(found.pk, {"enrolled": 0, "completed": 0, "overdue": 0})
    rows = (
        Enrolment.objects.visible_to(user)
        .filter(assignment=found)
        .select_related("officer")
        .order_by("officer__sort_key", "pk")
    )
    total = counts["enrolled"]
    context = {
        "assignment": found,
        "ranks": _ranks_in_words(found, user),
        "counts": counts,
        "live": total - counts["completed"],
        "done_share": 100 * counts["completed"] / total if total else 0,
        "late_share": 100 * counts["overdue"] / total if total else 0,
        "page": page_of(request, rows),
        "form": form,
        "is_over": is_over(found),
        "crumbs": _crumbs(found.course.title.localize(user.language)),
    }
    return render(request, "courses/assignments/assignment.html", context)


@signed_in
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody is taken in any more; enrolments stay, or are cancelled by a job."""
    found = _found(request, pk)
    user = cast(User, request.user)
    if not user.has_perm("courses.manage_assignment", found):
        raise PermissionDenied
    form = EndForm(request.POST)
    if not form.is_valid():
        return _assignment_page(request, found, form)
    cancel = form.cleaned_data["enrolments"] == "cancel"
    _ended, job = end_assignment(
        assignment=found, actor=user, cancel=cancel, reason=form.cleaned_data["reason"] or ""
    )
    if job:
        count = job.params["count"]
        messages.success(
            request,
            ngettext(
                "The assignment is ended; %(count)d officer is being withdrawn.",
                "The assignment is ended; %(count)d officers are being withdrawn.",
                count,
            )
            % {"count": count},
        )
        return redirect("jobs:job", job.pk)
    messages.success(request, _("The assignment is ended."))
    return redirect("assignments:assignment", found.pk)
