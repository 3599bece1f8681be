"""Signing in with the code that was sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from accounts.services import code_send, user_ensure, user_lock, user_login, user_signup, user_unlock, user_update
from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tests.unit.accounts.racing import race

LastCode = Callable[[], str]
ActorOf = Callable[[User | None], Actor]


@pytest.fixture
def code(visitor: Actor, alice: User, last_code: LastCode) -> str:
    code_send(visitor, alice.email)
    return last_code()


def test_the_right_code_is_the_account_and_is_written_down(visitor: Actor, alice: User, code: str) -> None:
    assert user_login(visitor, email="Alice@Example.org ", code=code) == alice
    assert AuditEvent.objects.get(action="code.use").actor == alice


def test_a_code_signs_in_once(visitor: Actor, alice: User, code: str) -> None:
    user_login(visitor, email=alice.email, code=code)
    with pytest.raises(Invalid, match="Invalid or expired verification code"):
        user_login(visitor, email=alice.email, code=code)


def test_without_a_code_there_is_no_try(visitor: Actor, alice: User) -> None:
    with pytest.raises(Invalid, match="Verification code is required"):
        user_login(visitor, email=alice.email, code="")


def test_who_has_no_account_learns_so_by_the_right_code_and_signs_up_with_it(
    visitor: Actor, last_code: LastCode, db: None
) -> None:
    code_send(visitor, "dora@example.org")
    with pytest.raises(NotFound, match=r"User not found\. Please sign up first\.") as caught:
        user_login(visitor, email="dora@example.org", code=last_code())
    assert caught.value.code == "USER_NOT_FOUND"
    assert user_signup(visitor, email="dora@example.org", username="dora", code=last_code())


def test_a_wrong_code_tells_nothing_about_an_account(visitor: Actor, alice: User) -> None:
    for email in (alice.email, "nobody@example.org"):
        with pytest.raises(Invalid, match="Invalid or expired verification code"):
            user_login(visitor, email=email, code="12345x")


def test_a_locked_account_stays_out_which_is_written_down(
    visitor: Actor, alice: User, root: User, actor_of: ActorOf, code: str
) -> None:
    user_lock(actor_of(root), alice)
    with pytest.raises(Forbidden) as caught:
        user_login(visitor, email=alice.email, code=code)
    assert caught.value.code == "ACCOUNT_LOCKED"
    event = AuditEvent.objects.get(action="user.sign_in_refused")
    assert (event.actor, event.meta) == (alice, {"reason": "locked"})
    user_unlock(actor_of(root), alice)
    assert user_login(visitor, email=alice.email, code=code) == alice


def test_nobody_locks_themselves_out(root: User, actor_of: ActorOf) -> None:
    with pytest.raises(Conflict):
        user_lock(actor_of(root), root)


@pytest.mark.django_db(transaction=True)
def test_of_twenty_with_one_code_one_is_let_in(visitor: Actor, alice: User, last_code: LastCode) -> None:
    code_send(visitor, alice.email)
    code = last_code()
    results = race(20, lambda _: user_login(visitor, email=alice.email, code=code))
    assert sum(result == alice for result in results) == 1


def test_ensuring_an_account_twice_is_one_account_and_staff_stays_staff(db: None) -> None:
    first = user_ensure("Some.Body@example.org", staff=True)
    again = user_ensure("some.body@example.org")
    assert first == again
    assert (again.username, again.is_staff, again.is_superuser) == ("some-body", True, True)
    assert user_ensure("some.body@example.com").username.startswith("some-body-")
    assert user_ensure("x@example.org").username == "x00"


def test_a_new_name_must_be_free(alice: User, bob: User, actor_of: ActorOf) -> None:
    assert user_update(actor_of(alice), username="Alicia").username == "Alicia"
    with pytest.raises(Conflict, match="Username already taken"):
        user_update(actor_of(alice), username="BOB")
    with pytest.raises(Invalid):
        user_update(actor_of(alice), username="!")
    with pytest.raises(Unauthenticated):
        user_update(actor_of(None), username="dora")
    assert user_update(actor_of(alice)).pk == alice.pk
    alice.refresh_from_db()
    assert alice.username == "Alicia"
