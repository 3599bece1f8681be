"""Links that sign somebody in once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AuditEvent, SignInLink, User
from accounts.services import accounts_prune, link_issue, link_use, user_lock
from accounts.services.codes import TRY_PER_CLIENT
from spaces_site.errors import Forbidden, Invalid, TooMany
from tests.unit.accounts.racing import race

ActorOf = Callable[[User | None], Actor]


def key_of(link: str) -> str:
    return link.rpartition("/")[2]


def test_a_link_is_an_address_of_this_site_and_signs_in_once(visitor: Actor, alice: User) -> None:
    link = link_issue(alice)
    assert link.startswith(f"{settings.BASE_URL}/sign-in/link/")
    assert link_use(visitor, key_of(link)) == alice
    with pytest.raises(Invalid) as caught:
        link_use(visitor, key_of(link))
    assert caught.value.code == "LINK_INVALID"


def test_only_its_hash_is_stored(alice: User) -> None:
    assert key_of(link_issue(alice)) not in str(SignInLink.objects.get().__dict__)


def test_a_client_that_tries_links_is_stopped_before_it_fills_the_audit(visitor: Actor, db: None) -> None:
    for _ in range(TRY_PER_CLIENT):
        with pytest.raises(Invalid):
            link_use(visitor, "nonsense")
    with pytest.raises(TooMany):
        link_use(visitor, "nonsense")
    assert AuditEvent.objects.count() == TRY_PER_CLIENT


def test_a_link_ends_when_it_said_and_is_pruned_later(visitor: Actor, alice: User) -> None:
    link = link_issue(alice, minutes=10)
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Invalid):
        link_use(visitor, key_of(link))
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(days=2))
    accounts_prune()
    assert not SignInLink.objects.exists()


@pytest.mark.parametrize("key", ["", "nonsense", "\ud800"])
def test_any_other_key_is_refused_which_is_written_down(key: str, visitor: Actor, db: None) -> None:
    with pytest.raises(Invalid):
        link_use(visitor, key)
    assert AuditEvent.objects.get(action="user.sign_in_refused").meta == {"reason": "link"}


def test_the_link_of_a_locked_account_is_refused(visitor: Actor, alice: User, root: User, actor_of: ActorOf) -> None:
    link = link_issue(alice)
    user_lock(actor_of(root), alice)
    with pytest.raises(Forbidden):
        link_use(visitor, key_of(link))


@pytest.mark.django_db(transaction=True)
def test_of_twenty_with_one_link_one_is_let_in(visitor: Actor, alice: User) -> None:
    key = key_of(link_issue(alice))
    results = race(20, lambda _: link_use(visitor, key))
    assert results.count(alice) == 1
