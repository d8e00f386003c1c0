"""Bringing people in by hand, moving them, closing their accounts, giving them roles."""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.people.actions import posts, staff
from lms.people.actions.factors import remove_factors
from lms.people.actions.jobs import start_job
from lms.people.forms import staff as forms
from lms.people.models import Kind, Membership, PersonRequest, Role, User
from lms.people.models.organisation import within
from lms.people.ranks import rank_name
from lms.people.rules import is_administrator, is_coordinator, is_officer_alone
from lms.people.second_factor import has_factor
from lms.people.signing import signed_in
from lms.ui.paging import page_of

GENERAL_ANSWER = gettext_lazy(
    "This person cannot be brought in here; a request went to the service administrator."
)


_NO_ADDRESS = gettext_lazy(
    "This address cannot be used; a request went to the service administrator."
)


class Act(NamedTuple):
    """Something that may be done to a person: its form, who may, and how it is done."""

    form: type[forms.ActForm]
    permission: str
    do: Callable[[HttpRequest, User, dict[str, Any]], None]


def _placed(request: HttpRequest) -> QuerySet[User]:
    """Those whom the person may place; the discharged are the administrator's to see."""
    user = cast(User, request.user)
    if not user.reach.coordinated:
        raise Http404
    people: QuerySet[User] = User.objects.visible_to(user).select_related("service")
    return people


def _person(request: HttpRequest, pk: int) -> User:
    found = get_object_or_404(_placed(request), pk=pk)
    if not request.user.has_perm("people.place", found):
        raise Http404
    return found


# What is done ------------------------------------------------------------------------------------


def _move(request: HttpRequest, person: User, data: dict[str, Any]) -> None:
    today = timezone.localdate()
    was_ahead = any(post.since > today for post in posts.posts_of(person))
    moved = posts.move(user=person, actor=cast(User, request.user), **data)
    if was_ahead:
        messages.warning(request, _("The move that was noted for later is called off."))
    if moved.organisation_id == data["unit"].pk and moved.since < data["since"]:
        messages.success(request, _("The present post goes on."))
    elif moved.since > today:
        messages.success(request, _("The move is noted and takes effect on its day."))
    else:
        messages.success(request, _("Moved. The record has gone along."))


def _second(request: HttpRequest, person: User, data: dict[str, Any]) -> None:
    posts.second(user=person, actor=cast(User, request.user), **data)
    messages.success(request, _("The secondment is noted."))


def _discharge(request: HttpRequest, person: User, data: dict[str, Any]) -> None:
    posts.discharge(user=person, actor=cast(User, request.user), **data)
    messages.success(request, _("The discharge is noted. The record is kept."))


def _stay(request: HttpRequest, person: User, data: dict[str, Any]) -> None:
    posts.call_off_discharge(user=person, actor=cast(User, request.user))
    messages.success(request, _("The discharge is called off."))


def _bring_back(request: HttpRequest, person: User, data: dict[str, Any]) -> None:
    posts.bring_back(user=person, actor=cast(User, request.user), **data)
    messages.success(request, _("Taken back. The account opens with a new one-time code."))


def _ask_move(request: HttpRequest, person: User, data: dict[str, Any]) -> None:
    present = posts.posts_of(person)
    if present:
        number = person.login.partition("-")[2].upper() or person.login
        staff.ask_administrator(
            actor=cast(User, request.user),
            unit=present[0].organisation,
            data={"kind": "move", "number": number, "family_name": person.family_name}
            | {"given_name": person.given_name, "note": data["where"]},
        )
    messages.success(request, _("Your request went to the service administrator."))


def _give_role(request: HttpRequest, person: User, data: dict[str, Any]) -> None:
    posts.give_role(user=person, actor=cast(User, request.user), **data)
    messages.success(request, _("The role is given."))


def _edit(request: HttpRequest, person: User, data: dict[str, Any]) -> None:
    staff.edit_person(person=person, actor=cast(User, request.user), **data)
    messages.success(request, _("Saved."))


def _remove_factors(request: HttpRequest, person: User, data: dict[str, Any]) -> None:
    remove_factors(user=person, actor=cast(User, request.user), **data)
    messages.success(request, _("The second factor is removed; the password alone signs in now."))


ACTS = {
    "move": Act(forms.MoveForm, "people.place", _move),
    "second": Act(forms.SecondForm, "people.place", _second),
    "discharge": Act(forms.DischargeForm, "people.place", _discharge),
    "stay": Act(forms.ActForm, "people.place", _stay),
    "return": Act(forms.ReturnForm, "people.manage_roles", _bring_back),
    "ask-move": Act(forms.AskForMoveForm, "people.place", _ask_move),
    "role": Act(forms.RoleForm, "people.manage_roles", _give_role),
    "edit": Act(forms.PersonForm, "people.place", _edit),
    "factor": Act(forms.RemoveFactorForm, "people.remove_factor", _remove_factors),
}


_REFUSED = {
    posts.NotThere: (None, gettext_lazy("This person has no post now.")),
    posts.AlreadyThere: ("unit", gettext_lazy("This person serves there already.")),
    posts.SecondedThere: (
        "unit", gettext_lazy("This person is seconded there in these days already."),
    ),
    posts.BeforeTheStart: (
        "since", gettext_lazy("The day lies before the beginning of the present post."),
    ),
    posts.LastAdministrator: (
        None, gettext_lazy("The service needs another administrator first."),
    ),
    staff.TakenElsewhere: ("email", _NO_ADDRESS),
}  # fmt: skip


def _may(user: User, code: str, person: User) -> bool:
    """Whether the act is the user's to do; a role that a discharge ends is the administrator's."""
    if code in {"discharge", "stay"} and not is_officer_alone(user, person):
        return user.has_perm("people.manage_roles", person)
    return user.has_perm(ACTS[code].permission, person)


def _offered(user: User, person: User) -> list[str]:
    """The acts that make sense as things stand, of those that are the user's to do."""
    if person.erased_at:
        codes = []
    elif not person.is_active:
        codes = ["return"]
    else:
        codes = ["move", "second", "discharge", "role", "edit"]
        codes += ["stay"] if person.leaves_on else []
        codes += [] if is_administrator(user) else ["ask-move"]
        codes += ["factor"] if _may(user, "factor", person) and has_factor(person) else []
    return [code for code in codes if _may(user, code, person)]


# Pages -------------------------------------------------------------------------------------------


def _page(request: HttpRequest, person: User, filled: dict[str, forms.ActForm]) -> HttpResponse:
    """The person's page; `filled` holds the form that came with mistakes."""
    user = cast(User, request.user)
    shown = {
        code.replace("-", "_"): filled.get(code)
        or ACTS[code].form(actor=user, person=person, prefix=code)
        for code in _offered(user, person)
    }
    today = timezone.localdate()
    memberships = list(
        person.memberships.select_related("organisation").order_by("-since", "-pk")[:100]
    )
    if not is_administrator(user):
        inside = user.reach.coordinated
        memberships = [row for row in memberships if row.organisation.path.startswith(inside)]
    country = person.service.country if person.service else ""
    context = {
        "person": person,
        "rank": rank_name(country, person.rank, user.language) if person.rank else "",
        "forms": shown,
        "memberships": [(row, row.since <= today, _is_over(row)) for row in memberships],
        "may_manage_roles": user.has_perm("people.manage_roles", person),
        "may_open": person.is_active and user.has_perm("people.issue_code", person),
        "is_coordinated": user.has_perm("people.coordinate", person),
        "may_erase": not person.is_active
        and not person.erased_at
        and user.has_perm("people.manage_roles", person)
        and user.pk != person.pk,
    }
    return render(request, "people/person.html", context)


def _is_over(membership: Membership) -> bool:
    return bool(membership.until and membership.until < timezone.localdate())


@signed_in
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a person serves and has served, and what may be done about it."""
    return _page(request, _person(request, pk), {})


@signed_in
@require_POST
def act(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Do one of the acts to a person; with mistakes the page comes again, nothing lost."""
    found = _person(request, pk)
    user = cast(User, request.user)
    wished = ACTS.get(code)
    if wished is None:
        raise Http404
    if not _may(user, code, found):
        raise PermissionDenied
    if code not in _offered(user, found):
        messages.error(request, _("That cannot be done as things stand now."))
        return redirect("staff:person", found.pk)
    form = wished.form(request.POST, actor=user, person=found, prefix=code)
    if form.is_valid():
        try:
            wished.do(request, found, form.cleaned_data)
        except staff.AlreadyHere as error:
            message = _("This address is that of %(person)s.") % {"person": error.person}
            form.add_error("email", message)
        except tuple(_REFUSED) as error:
            form.add_error(*_REFUSED[type(error)])
        else:
            return _after(request, found)
    return _page(request, found, {code: form})


def _after(request: HttpRequest, found: User) -> HttpResponse:
    """Back to the person's page; to the list when the person is out of sight now."""
    still = User.objects.get(pk=found.pk)
    if request.user.has_perm("people.place", still):
        return redirect("staff:person", found.pk)
    return redirect("reports:officers")


def _unfinished(user: User, person: User) -> QuerySet[Membership]:
    """The person's memberships, present and ahead, that the user answers for."""
    inside = within(user.reach.coordinated, "organisation__path")
    open_ = Q(until=None) | Q(until__gte=timezone.localdate())
    found: QuerySet[Membership] = person.memberships.filter(inside, open_)
    return found if is_administrator(user) else found.filter(role=Role.OFFICER)


@signed_in
@require_POST
def end_membership(request: HttpRequest, pk: int, membership: int) -> HttpResponse:
    """Take a role back, end a secondment today, or call off what has not begun."""
    found = _person(request, pk)
    user = cast(User, request.user)
    row = get_object_or_404(_unfinished(user, found), pk=membership)
    today = timezone.localdate()
    if row.kind == Kind.SECONDMENT:
        posts.end_secondment(membership=row, last=today, actor=user)
        if row.since > today:
            messages.success(request, _("The secondment is called off."))
        else:
            messages.success(request, _("The secondment ends today."))
        return _after(request, found)
    if row.role == Role.OFFICER and row.since > today:
        return _call_off_move(request, found, row)
    if row.role == Role.OFFICER or not user.has_perm("people.manage_roles", found):
        raise PermissionDenied
    try:
        posts.take_role(membership=row, actor=user)
    except posts.LastAdministrator:
        messages.error(request, _("The service needs another administrator first."))
    else:
        messages.success(request, _("The role is taken back."))
    return _after(request, found)


def _call_off_move(request: HttpRequest, found: User, row: Membership) -> HttpResponse:
    try:
        posts.call_off_move(membership=row, actor=cast(User, request.user))
    except posts.NotThere:
        messages.error(request, _("That cannot be done as things stand now."))
    else:
        messages.success(request, _("The move is called off; the present post goes on."))
    return _after(request, found)


@signed_in
@require_POST
def open_account(request: HttpRequest, pk: int) -> HttpResponse:
    """A new one-time code on paper, or an invitation by e-mail."""
    found = _person(request, pk)
    user = cast(User, request.user)
    if not user.has_perm("people.issue_code", found):
        raise PermissionDenied
    by_mail = request.POST.get("by") == "mail"
    job = start_job(
        kind="people.invitations" if by_mail else "people.codes",
        actor=user,
        params={"count": 1, "back": reverse("staff:person", args=[found.pk])},
        things=[(str(found.pk), found.full_name)],
    )
    return redirect("jobs:job", job.pk) if by_mail else redirect("jobs:sheet", job.pk)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Bring one officer in."""
    user = cast(User, request.user)
    if not is_coordinator(user):
        raise PermissionDenied
    form = forms.NewPersonForm(request.POST if request.method == "POST" else None, actor=user)
    already = None
    if form.is_valid():
        try:
            added = staff.add_person(actor=user, **form.cleaned_data)
        except staff.AlreadyHere as error:
            already = error.person
            form.add_error("number", _("There is such a person among yours already."))
        except staff.TakenElsewhere:
            messages.warning(request, GENERAL_ANSWER)
            return redirect("staff:new")
        else:
            messages.success(request, _("%(person)s is brought in.") % {"person": added})
            return redirect("staff:person", added.pk)
    return render(request, "people/new.html", {"form": form, "already": already})


@signed_in
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody of the service, with the roles of today; the administrator's own list."""
    user = cast(User, request.user)
    if not is_administrator(user):
        raise PermissionDenied
    form = forms.StaffFilter(request.GET)
    wish = form.wish
    current = Membership.objects.current().select_related("organisation")
    found = User.objects.filter(service__path__in=user.reach.administered).named(wish["q"])
    if wish["role"] == forms.StaffFilter.CLOSED:
        found = found.filter(is_active=False)
    else:
        found = found.filter(is_active=True)
        in_force = Membership.objects.current()
        if wish["role"] == forms.StaffFilter.NONE:
            found = found.exclude(pk__in=in_force.values("user"))
        elif wish["role"]:
            found = found.filter(pk__in=in_force.filter(role=wish["role"]).values("user"))
    found = found.prefetch_related(Prefetch("memberships", current, to_attr="now")).order_by(
        "sort_key", "pk"
    )
    waiting = PersonRequest.objects.visible_to(user).filter(settled_at=None).count()
    context = {"form": form, "page": page_of(request, found), "waiting": waiting}
    return render(request, "people/people.html", context)


@signed_in
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """What coordinators ask of the service administrator, the open ones first."""
    user = cast(User, request.user)
    if not is_administrator(user):
        raise PermissionDenied
    found = (
        PersonRequest.objects.visible_to(user)
        .select_related("unit", "made_by", "settled_by")
        .order_by("-settled_at", "created_at")
    )
    show = "settled" if request.GET.get("show") == "settled" else "open"
    page = page_of(request, found.filter(settled_at__isnull=show == "open"))
    rows = list(page.object_list)
    context = {"page": page, "listed": _meant(rows, user), "show": show}
    return render(request, "people/requests.html", context)


def _meant(rows: list[PersonRequest], user: User) -> list[tuple[PersonRequest, User | None]]:
    """Each request with the person of the service whose number or address it names."""
    code = user.service.code if user.service else ""
    keys = [
        (f"{code}-{row.data.get('number', '')}".casefold(), row.data.get("email", "").casefold())
        for row in rows
    ]
    known = User.objects.filter(
        Q(login__in=[login for login, _email in keys])
        | Q(email__in=[email for _login, email in keys if email]),
        service__path__in=user.reach.administered,
    )
    by_login = {one.login: one for one in known}
    by_email = {one.email: one for one in known if one.email}
    found = []
    for row, (login, email) in zip(rows, keys, strict=True):
        is_correction = row.data.get("kind") == "address"  # of the person with that number
        found.append((row, (not is_correction and by_login.get(login)) or by_email.get(email)))
    return found


@signed_in
@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Note a request as dealt with."""
    user = cast(User, request.user)
    found = get_object_or_404(PersonRequest.objects.visible_to(user), pk=pk)
    staff.settle_request(request=found, actor=user, note=request.POST.get("note", ""))
    messages.success(request, _("The request is settled."))
    return redirect("staff:requests")
