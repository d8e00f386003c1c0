"""The operator's view of services and people. Roles of the product have screens of their own."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from i18nfield.fields import I18nCharField, I18nTextInput
from treebeard.admin import TreeAdmin
from treebeard.forms import MoveNodeForm, movenodeform_factory

from lms.audit.actions import record
from lms.people import actions
from lms.people.actions.factors import remove_factors
from lms.people.models import Membership, Organisation, User

CODES_AT_ONCE = 20  # each takes a hash, which is slow by design

# The one sign-in page, with its limits, also for operators.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

# Secrets and keys of sessions are nobody's to read or to type.
admin.site.unregister([Authenticator, UserSession])


class OrganisationForm(MoveNodeForm):
    """A unit stays in its service: people, courses and certificates are bound to it."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        if self.instance.pk and "treebeard_ref_node" in self.changed_data:
            target = data.get("treebeard_ref_node")
            if target is None or target.service_path != self.instance.service_path:
                raise forms.ValidationError(_("A unit cannot be moved out of its service."))
        return data


@admin.register(Organisation)
class OrganisationAdmin(TreeAdmin):
    form = movenodeform_factory(Organisation, form=OrganisationForm)
    formfield_overrides = {I18nCharField: {"widget": I18nTextInput}}
    list_display = ("__str__", "code", "level", "country", "time_zone")
    list_filter = ("country", "level")
    search_fields = ("code",)

    def has_delete_permission(self, *_args: Any) -> bool:
        return False

    def move_node(self, request: HttpRequest) -> HttpResponse:
        """Refuses to drag a unit into another service."""
        keys = [request.POST.get("node"), request.POST.get("target")]
        moved = Organisation.objects.filter(pk__in=[key for key in keys if key and key.isdigit()])
        if len({unit.service_path for unit in moved}) > 1:
            messages.error(request, _("A unit cannot be moved out of its service."))
            return HttpResponseBadRequest()
        response: HttpResponse = super().move_node(request)
        return response

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        verb = "organisation.changed" if change else "organisation.created"
        record(verb, actor=_operator(request), thing=obj, organisation=obj.path, after=_typed(form))


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_organisation(self) -> Organisation:
        organisation: Organisation = self.cleaned_data["organisation"]
        user = self.instance.user
        if organisation.service_path != user.service_path:
            raise forms.ValidationError(_("This unit belongs to another service."))
        return organisation


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    """Roles are ended by a date and never deleted: reports count by history."""

    model = Membership
    form = MembershipForm
    extra = 0
    can_delete = False
    autocomplete_fields = ("organisation",)


class ReasonForm(ActionForm):
    """What is done to the people chosen, and why where that is asked for."""

    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


@admin.register(User)
class UserAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """People are created by `manage.py create_user` or by their service, never here."""

    list_display = ("login", "full_name", "email", "service", "is_active", "last_login")
    list_filter = ("is_active", "is_superuser", ("service", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("service",)
    search_fields = ("search_key",)
    show_full_result_count = False
    inlines = (MembershipInline,)
    action_form = ReasonForm
    actions = ("new_one_time_code", "remove_second_factor")
    fields = (
        "login",
        "service",
        "family_name",
        "given_name",
        "patronymic",
        "family_name_latin",
        "given_name_latin",
        "rank",
        "email",
        "language",
        "time_zone",
        "is_active",
        "code_expires_at",
        "name_confirmed_at",
        "privacy_read_at",
        "last_login",
    )
    readonly_fields = (
        "login",
        "service",
        "code_expires_at",
        "name_confirmed_at",
        "privacy_read_at",
        "last_login",
    )

    def has_add_permission(self, *_args: Any) -> bool:
        return False

    def has_delete_permission(self, *_args: Any) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        return queryset.named(search_term), False  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        before = {name: _plain(form.initial.get(name)) for name in form.changed_data}
        super().save_model(request, obj, form, change)
        if before:
            record(
                "person.changed",
                actor=_operator(request),
                thing=obj,
                organisation=obj.service_path,
                before=before,
                after=_typed(form),
            )

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for membership in formset.new_objects:
            self._note("role.granted", request, membership, {})
        for membership, fields in formset.changed_objects:
            self._note("role.changed", request, membership, dict.fromkeys(fields, True))

    def _note(
        self, verb: str, request: HttpRequest, row: Membership, changed: dict[str, bool]
    ) -> None:
        after = {
            "role": row.role,
            "unit": row.organisation.code,
            "kind": row.kind,
            "since": _plain(row.since),
            "until": _plain(row.until),
        }
        record(
            verb,
            actor=_operator(request),
            thing=row.user,
            organisation=row.organisation.path,
            before={"changed": sorted(changed)} if changed else None,
            after=after,
        )

    @admin.action(description=_("New one-time code"), permissions=["change"])
    def new_one_time_code(
        self, request: HttpRequest, queryset: QuerySet[User]
    ) -> HttpResponse | None:
        """Shows each code once, on a page to print; only hashes are kept."""
        people = list(queryset.filter(is_active=True, is_superuser=False)[: CODES_AT_ONCE + 1])
        if not people or len(people) > CODES_AT_ONCE:
            messages.error(
                request, _("Choose 1 to %(most)d open accounts.") % {"most": CODES_AT_ONCE}
            )
            return None
        codes = [(user, actions.issue_code(user=user, actor=_operator(request))) for user in people]
        context = admin.site.each_context(request) | {
            "title": _("One-time codes"),
            "codes": codes,
            "days": actions.CODE_LIFETIME.days,
        }
        return render(request, "people/admin_codes.html", context)

    @admin.action(description=_("Remove the second factor (give a reason)"), permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Of somebody who lost it; one's own is removed in one's own account."""
        reason = request.POST.get("reason", "").strip()
        if not reason:
            messages.error(request, _("Give a reason: it is kept in the audit log."))
            return
        operator = _operator(request)
        count = sum(
            remove_factors(user=user, actor=operator, reason=reason[:300])
            for user in queryset.exclude(pk=operator.pk)
        )
        text = ngettext(
            "The second factor of %(count)d person is removed.",
            "The second factor of %(count)d people is removed.",
            count,
        )
        messages.success(request, text % {"count": count})


def _operator(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # the admin admits nobody else


def _typed(form: Any) -> dict[str, Any]:
    """What the form changed, fit for JSON."""
    data = form.cleaned_data
    return {name: _plain(data[name]) for name in form.changed_data if name in data}


def _plain(value: Any) -> bool | str | None:
    return value if value is None or isinstance(value, bool) else str(value)
