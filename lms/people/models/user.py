from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self
from zoneinfo import ZoneInfo

import rules
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.people.models.membership import Membership, Role
from lms.people.models.organisation import (
    Organisation,
    ancestors_or_self,
    is_time_zone,
    within,
)
from lms.people.transliteration import latin_name, normalise_name
from lms.prepared import Prepared
from lms.text import search_key, sort_key


@dataclass(frozen=True)
class Reach:
    """The materialised paths of the units in which a person has each role today."""

    posted: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()
    coordinated: tuple[str, ...] = ()
    administered: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return self.posted + self.trained + self.coordinated

    @property
    def answered(self) -> tuple[str, ...]:
        """Heads of the subtrees whose people the person sees."""
        return self.trained + self.coordinated


class UserQuerySet(models.QuerySet["User"]):
    def posted_in(self, condition: Q) -> Self:
        """Officers, posted or seconded today, whose unit's path satisfies the condition.

        Write the condition over `organisation__path`; it becomes one subquery, so no row doubles.
        """
        officers = Membership.objects.current().filter(condition, role=Role.OFFICER)
        return self.filter(pk__in=officers.values("user"))

    @staticmethod
    def with_reach(pk: Any) -> "User | None":
        """The person with service and reach, in one query: what every page asks for."""
        rows: list[Any] = _with_posts(pk=int(pk))
        if not rows:
            return None
        user: User = rows[0]
        today = timezone.localdate(timezone=user.zone)
        user.reach = user.reach_by(
            (row.post_role, row.post_path)
            for row in rows
            if row.post_role
            and row.post_since <= today
            and (row.post_until is None or row.post_until >= today)
        )
        return user

    def visible_to(self, user: "User") -> Self:
        """Oneself, the officers of the subtrees one answers for, and an administrator's service."""
        reach = user.reach
        condition = Q(pk=user.pk)
        if reach.answered:
            inside = within(reach.answered, "organisation__path")
            condition |= Q(pk__in=User.objects.posted_in(inside).values("pk"))
        if reach.administered:
            condition |= Q(service__path__in=reach.administered)
        return self.filter(condition)

    def coordinating(self, user: "User") -> Self:
        """Those who coordinate the units in which the user is posted, the nearest first."""
        above = ancestors_or_self(user.reach.posted)
        current = Membership.objects.current().filter(
            user=OuterRef("pk"),
            role__in=[Role.COORDINATOR, Role.ADMINISTRATOR],
            organisation__path__in=above,
        )
        nearest = current.order_by("-organisation__path").values("organisation__path")[:1]
        return (
            self.annotate(nearest=Subquery(nearest))
            .filter(nearest__isnull=False, is_active=True)
            .order_by("-nearest", "sort_key", "pk")
        )

    def named(self, text: str) -> Self:
        """Those whose name, Latin name or login contains every word of the text."""
        found = self
        for word in search_key(text).split():
            found = found.filter(search_key__contains=word)
        return found


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_superuser(self, login: str, password: str | None = None, **fields: Any) -> "User":
        """Create an operator, who runs the instance and belongs to no service."""
        user = User(login=login, is_superuser=True, **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, login: str | None) -> "User":
        user: User = self.get(login=(login or "").casefold())
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Closed, never deleted: certificates and the audit log keep pointing here."""

    login = models.CharField(_("login"), max_length=150, unique=True)
    email = models.EmailField(_("e-mail"), blank=True)
    given_name = models.CharField(_("given name"), max_length=150)
    family_name = models.CharField(_("family name"), max_length=150)
    patronymic = models.CharField(_("patronymic"), max_length=150, blank=True)
    given_name_latin = models.CharField(
        _("given name in Latin letters"), max_length=150, blank=True
    )
    family_name_latin = models.CharField(
        _("family name in Latin letters"), max_length=150, blank=True
    )
    rank = models.CharField(_("rank"), max_length=64, blank=True)
    language = models.CharField(
        _("language"), max_length=8, choices=settings.LANGUAGES, default="uk"
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[is_time_zone],
        help_text=_("Empty: the time zone of the service."),
    )
    service = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("service"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    leaves_on = models.DateField(_("discharged from"), null=True, blank=True, editable=False)
    discharge_ends = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="The memberships that the discharge ended, as they were before.",
    )
    is_demo = models.BooleanField(default=False, editable=False)
    code_expires_at = models.DateTimeField(
        _("one-time code expires"), null=True, blank=True, editable=False
    )
    name_confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    privacy_read_at = models.DateTimeField(null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Since then a number stands in the place of the name (lms.privacy).",
    )
    search_key = models.TextField(editable=False, default="")
    sort_key = models.CharField(max_length=500, editable=False, default="", db_index=True)

    objects = UserManager()

    USERNAME_FIELD = "login"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["given_name", "family_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["sort_key", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="one_person_an_email",
                violation_error_message=_("This address cannot be used."),
            ),
            models.CheckConstraint(
                condition=Q(service__isnull=False) | Q(is_superuser=True),
                name="people_have_a_service",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | Q(
                    is_active=False,
                    email="",
                    family_name=F("login"),
                    given_name="",
                    patronymic="",
                    given_name_latin="",
                    family_name_latin="",
                    rank="",
                ),
                name="erased_without_a_name",
                violation_error_message=_("This person’s data were erased."),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.login

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.settle()
        super().save(*args, **kwargs)

    def settle(self) -> None:
        """Bring names, login, e-mail and the keys made of them into the form that is stored.

        `save` does it; what goes round `save` (bulk_create, bulk_update) calls it first.
        """
        self.login = self.login.casefold()
        self.email = self.email.casefold()
        for field in ("given_name", "family_name", "patronymic"):
            setattr(self, field, normalise_name(getattr(self, field)))
        self.search_key = search_key(
            self.family_name,
            self.given_name,
            self.patronymic,
            self.given_name_latin,
            self.family_name_latin,
            self.login,
        )
        self.sort_key = sort_key(f"{self.family_name} {self.given_name} {self.patronymic}")[:500]

    @property
    def is_staff(self) -> bool:
        """The Django admin is the operator's alone."""
        return self.is_superuser

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Of a thing the rules decide, for an operator too; the admin asks without a thing."""
        if obj is None:
            return super().has_perm(perm)
        return bool(rules.has_perm(perm, self, obj))

    @property
    def full_name(self) -> str:
        return " ".join(filter(None, (self.family_name, self.given_name, self.patronymic)))

    @property
    def display_name(self) -> str:
        """Short form for the head of the page: initial and family name."""
        return (
            f"{self.given_name[:1]}. {self.family_name}"
            if self.given_name
            else self.family_name or self.login
        )

    @property
    def latin(self) -> tuple[str, str]:
        """Given and family name in Latin letters: as confirmed, else as the official table says."""
        country = self.service.country if self.service else "UA"
        return (
            self.given_name_latin
            or latin_name(self.given_name, country=country, language=self.language),
            self.family_name_latin
            or latin_name(self.family_name, country=country, language=self.language),
        )

    @property
    def service_path(self) -> str:
        return self.service.path if self.service else "-"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or (self.service.time_zone if self.service else "UTC"))

    @property
    def is_new(self) -> bool:
        """Something of the first sign-in is still to do: password, name or privacy notice."""
        return bool(self.code_expires_at) or not (self.name_confirmed_at and self.privacy_read_at)

    @cached_property
    def reach(self) -> Reach:
        """Where the person has which role today: one query, kept with this object.

        A service administrator (a membership at the root) also coordinates and trains the service.
        """
        rows = (
            Membership.objects.current().filter(user=self) if self.pk else Membership.objects.none()
        )
        return self.reach_by(rows.order_by("pk").values_list("role", "organisation__path"))

    def reach_by(self, posts: Iterable[tuple[str, str]]) -> Reach:
        """What today's memberships, each a role and the path of its unit, let the person reach."""
        if not self.is_active:
            return Reach()
        paths: dict[str, list[str]] = {role: [] for role in Role.values}
        for role, path in posts:
            if path.startswith(self.service_path):
                paths[role].append(path)
        root = [path for path in paths[Role.ADMINISTRATOR] if len(path) == Organisation.steplen]
        return Reach(
            posted=tuple(paths[Role.OFFICER]),
            trained=tuple(paths[Role.TRAINER] + root),
            coordinated=tuple(paths[Role.COORDINATOR] + root),
            administered=tuple(root),
        )


_with_posts = Prepared(
    lambda pk: (
        User.objects.filter(pk=pk)
        .select_related("service")
        .annotate(
            post_role=F("memberships__role"),
            post_path=F("memberships__organisation__path"),
            post_since=F("memberships__since"),
            post_until=F("memberships__until"),
        )
        .order_by("memberships__pk")
    ),
    pk=int,
)
