"""Puts back what a staff list changed, where nobody has changed it since."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import ForeignKey, Model, QuerySet
from django.utils import timezone

from lms.audit.actions import entry, record_many
from lms.audit.models import AuditEntry
from lms.people.importing.applying import WRITTEN
from lms.people.importing.deciding import Outcome
from lms.people.models import ImportRow, Membership, Organisation, User

CLOSED = ["is_active", "leaves_on", "email", "password", "code_expires_at", "search_key"]
OWN_APPS = {"people", "audit", "admin", "account"}  # what they say of a person is no work done

Narrow = Callable[[QuerySet[Any]], QuerySet[Any]]
_work: dict[type[Model], Narrow] = {}


def count_as_work(model: type[Model], narrow: Narrow) -> None:
    """Of this model's rows about a person only some are work of his; without this, all are.

    Each app says it of its own models, in `apps.py: ready()`.
    """
    _work[model] = narrow


def put_back(rows: Sequence[ImportRow], actor: User) -> None:
    """Undo a batch inside the caller's transaction. A row that changed nothing is just noted.

    A person who was created is closed, never deleted, unless he has signed in or there is work of
    his; the number stays his, and a later list opens the account again. `before["left"]` names what
    was left because it is no longer as the list had set it.
    """
    people = {row.user_id for row in rows if row.user_id}
    users = User.objects.select_related("service").in_bulk(people)
    posts: dict[int, list[Membership]] = {}
    found = Membership.objects.filter(user__in=people)
    for post in found.select_related("organisation").order_by("since", "pk"):
        posts.setdefault(post.user_id, []).append(post)
    busy = _with_work(people)
    work = _Work(actor, _addresses_taken(rows, people))
    for row in rows:
        user = users.get(row.user_id or 0)
        if user and row.outcome == Outcome.CREATE:
            work.close(row, user, posts.get(user.pk, []), is_busy=user.pk in busy)
        elif user and row.outcome == Outcome.UPDATE:
            work.put_back(row, user, {post.pk: post for post in posts.get(user.pk, [])})
        row.undone_at = timezone.now()
    work.write()
    ImportRow.objects.bulk_update(rows, ["before", "undone_at"])


def _addresses_taken(rows: Sequence[ImportRow], people: Iterable[int]) -> set[str]:
    """Former addresses that somebody else has by now."""
    former = {
        row.before["fields"]["email"][0] for row in rows if "email" in row.before.get("fields", {})
    }
    found = User.objects.filter(email__in=former - {""}).exclude(pk__in=people)
    return set(found.values_list("email", flat=True))


def _with_work(people: Iterable[int]) -> set[int]:
    """Those of whom something outside this app tells work: enrolments, courses and so on."""
    found: set[int] = set()
    for relation in User._meta.related_objects:
        model = relation.related_model
        column = relation.field
        if model._meta.app_label in OWN_APPS or not isinstance(column, ForeignKey):
            continue
        named = model._base_manager.filter(**{f"{column.name}__in": people})
        if model in _work:
            named = _work[model](named)
        found |= set(named.values_list(column.name, flat=True))
    return found


class _Work:
    """What a batch changes, gathered and then written at once."""

    def __init__(self, actor: User, taken: set[str]) -> None:
        self.actor, self.taken = actor, taken
        self.closed: list[User] = []
        self.changed: list[User] = []
        self.posts: list[Membership] = []
        self.gone: list[int] = []
        self.entries: list[AuditEntry] = []

    def close(self, row: ImportRow, user: User, posts: list[Membership], *, is_busy: bool) -> None:
        made = row.before.get("made")
        if is_busy or user.last_login or not user.is_active or [p.pk for p in posts] != [made]:
            row.before = row.before | {"left": ["person"]}
            return
        user.is_active, user.leaves_on = False, timezone.localdate()
        user.email, user.code_expires_at = "", None
        user.password = make_password(None)
        user.settle()
        self.closed.append(user)
        self.gone.append(posts[0].pk)
        self.note("person.closed", user, posts[0].organisation.path)

    def put_back(self, row: ImportRow, user: User, posts: dict[int, Membership]) -> None:
        fields: dict[str, list[str]] = row.before.get("fields", {})
        left = self._columns_back(user, fields)
        if not self._posts_back(row, posts):
            left.append("unit")
        if closed := row.before.get("closed"):
            if user.last_login and row.applied_at and user.last_login >= row.applied_at:
                left.append("person")
            elif "unit" not in left:
                user.is_active = closed["is_active"]
                user.leaves_on = date.fromisoformat(closed["leaves_on"])
        user.settle()
        self.changed.append(user)
        if left:
            row.before = row.before | {"left": left}
        put = {name: pair for name, pair in fields.items() if name not in left}
        self.note(
            "person.changed",
            user,
            user.service_path,
            before={name: new for name, (_old, new) in put.items()},
            after={name: old for name, (old, _new) in put.items()},
        )

    def _columns_back(self, user: User, fields: dict[str, list[str]]) -> list[str]:
        left = []
        for name, (old, new) in fields.items():
            if name == "unit":
                continue
            if getattr(user, name) == new and not (name == "email" and old in self.taken):
                setattr(user, name, old)
            else:
                left.append(name)
        return left

    def _posts_back(self, row: ImportRow, posts: dict[int, Membership]) -> bool:
        """Whether the posts stood as the list had left them, and stand again as before it."""
        moved, ended, made = (row.before.get(name) for name in ("moved", "ended", "made"))
        if moved:
            return self._move_back(moved, posts.get(moved["pk"]))
        if made is None:
            return True
        post, old = posts.get(made), posts.get(ended["pk"]) if ended else None
        if (
            post is None
            or post.until is not None
            or len(
                [
                    p
                    for p in posts.values()
                    if p.until is None and p.role == post.role and p.kind == post.kind
                ]
            )
            != 1
        ):
            return False
        if ended:
            until = date.fromisoformat(ended["until"])
            if old is None or old.until != until or post.since != until + timedelta(days=1):
                return False
            old.until = None
            self.posts.append(old)
        self.gone.append(post.pk)
        return True

    def _move_back(self, moved: dict[str, Any], post: Membership | None) -> bool:
        if post is None or post.until is not None:
            return False
        post.organisation = Organisation(pk=moved["from"])
        self.posts.append(post)
        return True

    def note(self, verb: str, user: User, path: str, **parts: Any) -> None:
        self.entries.append(entry(verb, actor=self.actor, thing=user, organisation=path, **parts))

    def write(self) -> None:
        User.objects.bulk_update(self.closed, CLOSED)
        User.objects.bulk_update(self.changed, WRITTEN)
        Membership.objects.filter(pk__in=self.gone).delete()
        Membership.objects.bulk_update(self.posts, ["until", "organisation"])
        record_many(self.entries)
