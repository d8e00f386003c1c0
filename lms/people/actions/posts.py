"""Where people serve: moves, secondments, discharge and return, roles given and taken.

Seeing follows the days of memberships, so what is dated ahead takes effect by itself.
"""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from lms.audit.actions import record
from lms.people.actions.accounts import OutsideService, grant_role
from lms.people.models import Kind, Membership, Organisation, Role, User

DAY = timedelta(days=1)


class LastAdministrator(ValueError):
    """A service keeps at least one administrator."""


class NotThere(ValueError):
    """The person has no post that could be moved, is about to leave, or has been discharged."""


class AlreadyThere(ValueError):
    """The person serves in the unit already, and no move is noted that this one would take back."""


class SecondedThere(ValueError):
    """The person is seconded to the unit in some of these days already."""


class BeforeTheStart(ValueError):
    """The day lies before the beginning of what it would end."""


def _end(membership: Membership, last: date) -> None:
    """Let a membership end with a day; one that would begin only later never was."""
    if membership.since > last:
        membership.delete()
    elif membership.until is None or membership.until > last:
        membership.until = last
        membership.save(update_fields=["until"])


def posts_of(user: User) -> list[Membership]:
    """The officer's posts that have not ended, the present one first."""
    open_ = Q(until=None) | Q(until__gte=timezone.localdate())
    posts = user.memberships.filter(open_, role=Role.OFFICER, kind=Kind.POST)
    return list(posts.select_related("organisation").order_by("since", "pk"))


def move(*, user: User, unit: Organisation, since: date, actor: User | None) -> Membership:
    """Post an officer to another unit from a day on, today or ahead; the record goes along.

    The present post ends the day before. A move dated ahead that was noted earlier gives way to
    this one; a move to where he is takes that note back.

    Raises OutsideService, NotThere without a present post, BeforeTheStart for a day before it,
    AlreadyThere when there is nothing to change.
    """
    if unit.service_path != user.service_path:
        raise OutsideService(unit.code)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        posts = posts_of(user)
        today = timezone.localdate()
        present = [post for post in posts if post.since <= today]
        if not present or user.leaves_on:
            raise NotThere(user.login)
        if since < present[0].since:
            raise BeforeTheStart(since.isoformat())
        stays, ahead = present[-1], [post for post in posts if post.since > today]
        if stays.organisation_id == unit.pk and not ahead:
            raise AlreadyThere(unit.code)
        for post in ahead:
            _call_off_move(post, stays, actor)
        if stays.organisation_id == unit.pk:
            return stays
        for post in present:
            _end(post, since - DAY)
        moved = Membership.objects.create(
            user=user, organisation=unit, role=Role.OFFICER, kind=Kind.POST, since=since
        )
        record(
            "person.moved",
            actor=actor,
            thing=user,
            organisation=unit.path,
            before={"unit": stays.organisation.code},
            after={"unit": unit.code, "since": since.isoformat()},
        )
    return moved


def _call_off_move(ahead: Membership, present: Membership, actor: User | None) -> None:
    ahead.delete()
    present.until = None
    present.save(update_fields=["until"])
    record(
        "person.move_called_off",
        actor=actor,
        thing=ahead.user,
        organisation=ahead.organisation.path,
        before={"unit": ahead.organisation.code, "since": ahead.since.isoformat()},
    )


def call_off_move(*, membership: Membership, actor: User | None) -> None:
    """Take back a move that is still ahead; the present post goes on. A second call does nothing.

    Raises NotThere when the move has taken effect, or a discharge has been noted since.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=membership.user_id)
        found = {post.pk: post for post in posts_of(user)}
        today = timezone.localdate()
        present = [post for post in found.values() if post.since <= today]
        ahead = found.get(membership.pk)
        if ahead is None and membership.since > today:
            return
        if ahead is None or ahead.since <= today or not present or user.leaves_on:
            raise NotThere(user.login)
        _call_off_move(ahead, present[-1], actor)


def second(
    *, user: User, unit: Organisation, since: date, until: date | None, actor: User | None
) -> Membership:
    """Lend an officer to a unit from a day until a day (both included) or until further notice.

    His post stays; while it lasts the host unit's coordinator sees him too. A second call for the
    same days changes nothing. Raises OutsideService, NotThere, BeforeTheStart, SecondedThere.
    """
    if unit.service_path != user.service_path:
        raise OutsideService(unit.code)
    if until and until < since:
        raise BeforeTheStart(until.isoformat())
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if not posts_of(user) or user.leaves_on:
            raise NotThere(user.login)
        days: dict[str, Any] = {"since": since, "until": until}
        there = user.memberships.filter(organisation=unit, kind=Kind.SECONDMENT)
        if not there.filter(**days).exists() and there.overlapping(since, until).exists():
            raise SecondedThere(unit.code)
        membership, is_new = Membership.objects.get_or_create(
            user=user, organisation=unit, role=Role.OFFICER, kind=Kind.SECONDMENT, **days
        )
        if is_new:
            record(
                "person.seconded",
                actor=actor,
                thing=user,
                organisation=unit.path,
                after={
                    "unit": unit.code,
                    "since": since.isoformat(),
                    "until": until.isoformat() if until else None,
                },
            )
    return membership


def end_secondment(*, membership: Membership, last: date, actor: User | None) -> None:
    """Let a secondment end with a day. Raises ValueError for a membership of another kind."""
    if membership.kind != Kind.SECONDMENT:
        raise ValueError("only a secondment is ended by itself")
    with transaction.atomic():
        user, unit = membership.user, membership.organisation
        _end(Membership.objects.select_for_update().get(pk=membership.pk), last)
        record(
            "person.secondment_ended",
            actor=actor,
            thing=user,
            organisation=unit.path,
            after={"unit": unit.code, "until": last.isoformat()},
        )


def discharge(*, user: User, leaves_on: date, reason: str, actor: User | None) -> User:
    """Close a person's account from a day on, today or ahead; nothing of his record goes.

    All memberships end the day before, so from that day nobody but the service administrator sees
    him; a day noted earlier and still ahead gives way to this one. The account itself is closed by
    `close_account`: at once if the day has come, else by the sweep.

    Raises LastAdministrator, and NotThere for an account that is closed.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if not user.is_active:
            raise NotThere(user.login)
        for membership in user.memberships.select_related("organisation"):
            if membership.role == Role.ADMINISTRATOR:
                _keep_one_administrator(membership)
        units = [post.organisation.code for post in posts_of(user)]
        _take_back_discharge(user)
        user.discharge_ends = []
        for membership in user.memberships.all():
            if membership.until is None or membership.until >= leaves_on:
                user.discharge_ends.append(_noted(membership))
                _end(membership, leaves_on - DAY)
        user.leaves_on = leaves_on
        user.save(update_fields=["leaves_on", "discharge_ends"])
        record(
            "person.discharged",
            actor=actor,
            thing=user,
            organisation=user.service_path,
            before={"units": units},
            after={"from": leaves_on.isoformat(), "reason": reason},
        )
        if leaves_on <= timezone.localdate():
            close_account(user=user)
    return user


def _noted(membership: Membership) -> dict[str, Any]:
    """A membership in JSON, to be told apart and to be made anew."""
    return {
        "organisation_id": membership.organisation_id,
        "role": membership.role,
        "kind": membership.kind,
        "since": membership.since.isoformat(),
        "until": membership.until and membership.until.isoformat(),
    }


def _take_back_discharge(user: User) -> None:
    """Let all that a discharge still ahead has ended last as long as it would have."""
    if user.leaves_on and user.is_active:
        for row in user.discharge_ends:
            until = row.pop("until")
            user.memberships.update_or_create(defaults={"until": until}, **row)


def call_off_discharge(*, user: User, actor: User | None) -> User:
    """Take back a discharge that is still ahead; what it would have ended goes on.

    One that has happened is undone by `bring_back`: this changes nothing then.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if user.leaves_on is None or not user.is_active:
            return user
        _take_back_discharge(user)
        before, user.leaves_on, user.discharge_ends = user.leaves_on, None, []
        user.save(update_fields=["leaves_on", "discharge_ends"])
        record(
            "person.discharge_called_off",
            actor=actor,
            thing=user,
            organisation=user.service_path,
            before={"from": before.isoformat()},
        )
    return user


def close_account(*, user: User) -> None:
    """Shut the account of who has been discharged; its sessions end with the password."""
    user.is_active = False
    user.code_expires_at = None
    user.set_unusable_password()
    user.save(update_fields=["is_active", "code_expires_at", "password"])


def close_accounts() -> int:
    """Shut the accounts whose day has come; how many."""
    due = User.objects.filter(is_active=True, leaves_on__lte=timezone.localdate())
    found = list(due[:200])
    for user in found:
        close_account(user=user)
    return len(found)


def bring_back(*, user: User, unit: Organisation, since: date, actor: User | None) -> Membership:
    """Take a discharged person back into a unit; he goes on where he was, with a new code.

    Raises OutsideService, and NotThere for one whose data were erased: he is brought in anew.
    """
    if unit.service_path != user.service_path:
        raise OutsideService(unit.code)
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if user.erased_at:
            raise NotThere(user.login)
        user.is_active, user.leaves_on, user.discharge_ends = True, None, []
        user.save(update_fields=["is_active", "leaves_on", "discharge_ends"])
        for post in posts_of(user):
            _end(post, since - DAY)
        membership = Membership.objects.create(
            user=user, organisation=unit, role=Role.OFFICER, kind=Kind.POST, since=since
        )
        record(
            "person.brought_back",
            actor=actor,
            thing=user,
            organisation=unit.path,
            after={"unit": unit.code, "since": since.isoformat()},
        )
    return membership


def give_role(*, user: User, unit: Organisation, role: str, actor: User) -> Membership:
    """Give a role other than the officer's, from today on.

    Raises OutsideService, NotThere for a closed account, and ValueError.
    """
    if not user.is_active:
        raise NotThere(user.login)
    if role == Role.OFFICER:
        raise ValueError("an officer is posted")
    if role == Role.ADMINISTRATOR and unit.depth != 1:
        raise ValueError("a service is administered from its root")
    return grant_role(user=user, organisation=unit, role=role, actor=actor)


def take_role(*, membership: Membership, actor: User) -> None:
    """Take a role back; from today it is gone. A second call changes nothing.

    Raises LastAdministrator, and ValueError for an officer's post.
    """
    if membership.role == Role.OFFICER:
        raise ValueError("an officer is moved or discharged")
    with transaction.atomic():
        found = Membership.objects.select_for_update().filter(pk=membership.pk).first()
        if found is None or (found.until and found.until < timezone.localdate()):
            return
        if found.role == Role.ADMINISTRATOR:
            _keep_one_administrator(found)
        user, unit = found.user, found.organisation
        role = found.role
        _end(found, timezone.localdate() - DAY)
        record(
            "role.taken",
            actor=actor,
            thing=user,
            organisation=unit.path,
            before={"role": str(Role(role)), "unit": unit.code},
        )


def _keep_one_administrator(membership: Membership) -> None:
    others = Membership.objects.current().filter(
        role=Role.ADMINISTRATOR,
        organisation=membership.organisation_id,
        until=None,
        user__is_active=True,
    )
    if not others.exclude(user=membership.user_id).exists():
        raise LastAdministrator(membership.organisation.code)
