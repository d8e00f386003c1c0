"""Who sees which units, people and memberships. The tree of every test:

UA (root) → left → post; → right        BY (root) → away
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from lms.people import actions, rules
from lms.people.models import Kind, Membership, Organisation, Role, User
from tests import factories


@dataclass
class Tree:
    root: Organisation
    left: Organisation
    post: Organisation
    right: Organisation
    other: Organisation
    away: Organisation
    at_post: User
    at_right: User
    at_away: User


@pytest.fixture
def tree(root) -> Tree:
    left, right = factories.unit(root), factories.unit(root)
    post = factories.unit(left)
    other = factories.service("BY", country="BY")
    away = factories.unit(other)
    return Tree(
        root,
        left,
        post,
        right,
        other,
        away,
        factories.officer(post),
        factories.officer(right),
        factories.officer(away),
    )


def units(user: User) -> set[Organisation]:
    return set(Organisation.objects.visible_to(user))


def people(user: User) -> set[User]:
    return set(User.objects.visible_to(user))


def seconded(user: User, unit: Organisation, **fields) -> Membership:
    return actions.grant_role(
        user=user, organisation=unit, role=Role.OFFICER, kind=Kind.SECONDMENT, actor=None, **fields
    )


def again(user: User) -> User:
    """The same person, without what the object keeps of earlier questions."""
    return User.objects.get(pk=user.pk)


def test_an_officer_sees_himself_and_the_way_up(tree):
    assert people(tree.at_post) == {tree.at_post}
    assert units(tree.at_post) == {tree.root, tree.left, tree.post}
    assert set(Membership.objects.visible_to(tree.at_post)) == set(tree.at_post.memberships.all())


@pytest.mark.parametrize("role", [factories.coordinator, factories.trainer])
def test_coordinators_and_trainers_see_the_officers_of_their_subtree(tree, role):
    user = role(tree.left)
    assert people(user) == {user, tree.at_post}
    assert units(user) == {tree.root, tree.left, tree.post}


def test_a_coordinator_does_not_see_staff_who_are_no_officers(tree):
    user = factories.coordinator(tree.left)
    factories.trainer(tree.post)
    assert people(user) == {user, tree.at_post}


def test_a_trainer_sees_no_memberships_but_his_own(tree):
    user = factories.trainer(tree.left)
    assert {row.user for row in Membership.objects.visible_to(user)} == {user}


def test_a_coordinator_sees_the_memberships_of_the_subtree(tree):
    user = factories.coordinator(tree.left)
    assert {row.user for row in Membership.objects.visible_to(user)} == {user, tree.at_post}


def test_an_administrator_sees_the_service_and_nothing_of_another(tree):
    user = factories.administrator(tree.root)
    idle = factories.person(tree.root)
    assert people(user) == {user, idle, tree.at_post, tree.at_right}
    assert units(user) == {tree.root, tree.left, tree.post, tree.right}


def test_an_administrator_below_the_root_is_nobody(tree):
    user = factories.administrator(tree.left)
    assert people(user) == {user}
    assert units(user) == set()


def test_a_secondment_lets_the_host_see_while_it_lasts(tree):
    host = factories.coordinator(tree.right)
    assert tree.at_post not in people(host)
    stay = seconded(tree.at_post, tree.right)
    assert tree.at_post in people(again(host))
    today = timezone.localdate()
    Membership.objects.filter(pk=stay.pk).update(since=today - timedelta(9), until=today)
    assert tree.at_post in people(again(host))
    Membership.objects.filter(pk=stay.pk).update(until=today - timedelta(1))
    assert tree.at_post not in people(again(host))
    assert not Membership.objects.visible_to(again(host)).filter(pk=stay.pk).exists()
    assert Membership.objects.visible_to(again(tree.at_post)).filter(pk=stay.pk).exists()


def test_a_role_from_tomorrow_opens_nothing_today(tree):
    tomorrow = timezone.localdate() + timedelta(1)
    user = factories.person(tree.root)
    actions.grant_role(
        user=user, organisation=tree.left, role=Role.COORDINATOR, actor=None, since=tomorrow
    )
    assert people(again(user)) == {user}
    seconded(tree.at_right, tree.post, since=tomorrow)
    assert tree.at_right not in people(factories.coordinator(tree.left))


def test_two_roles_add_up_and_nobody_is_listed_twice(tree):
    user = factories.coordinator(tree.left)
    actions.grant_role(user=user, organisation=tree.root, role=Role.TRAINER, actor=None)
    seconded(tree.at_post, tree.right)
    seen = list(User.objects.visible_to(again(user)))
    assert len(seen) == len(set(seen)) == 3


def test_a_role_in_another_service_opens_nothing(tree):
    """`grant_role` refuses it; a row that came round it is not believed."""
    user = factories.person(tree.root)
    with pytest.raises(actions.OutsideService):
        actions.grant_role(user=user, organisation=tree.other, role=Role.COORDINATOR, actor=None)
    Membership.objects.create(user=user, organisation=tree.other, role=Role.ADMINISTRATOR)
    assert people(again(user)) == {user}
    assert units(again(user)) == set()


def test_a_closed_account_sees_no_unit(tree):
    user = factories.coordinator(tree.left)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert people(again(user)) == {user}
    assert units(again(user)) == set()


def test_an_operator_without_a_service_has_no_reach(tree):
    user = factories.operator()
    assert people(user) == {user}
    assert units(user) == set()


def test_can_see_says_what_the_list_says(tree):
    user = factories.coordinator(tree.left)
    for other in User.objects.all():
        assert rules.can_see(user, other) == (other in people(user))


def test_roles_are_told_by_the_rules(tree):
    officer, root_man = tree.at_post, factories.administrator(tree.root)
    assert rules.is_officer(officer)
    assert not rules.is_coordinator(officer)
    assert rules.is_administrator(root_man)
    assert rules.is_coordinator(root_man)
    assert rules.is_trainer(root_man)
    assert not rules.is_officer(root_man)
