"""Guests: what the services of accounts refuse them, whichever page asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from accounts.actors import SYSTEM, Actor, full_member
from accounts.guests import is_guest_address
from accounts.mail import mail_send
from accounts.models import ApiToken, EmailCode, User
from accounts.services import (
    code_send,
    link_issue,
    session_revoke,
    sessions_for,
    sessions_revoke_others,
    token_issue,
    token_sign_in,
    tokens_for,
    user_ensure,
    user_login,
    user_signup,
    user_update,
)
from spaces_site.errors import Forbidden, Invalid, Unauthenticated
from tests.accounts_fixtures import ActorOf

Attempt = Callable[[Actor, User], Any]
REFUSED: dict[str, Attempt] = {
    "a token": lambda actor, guest: token_issue(actor, guest, name="mine"),
    "a token by somebody else": lambda _actor, guest: token_issue(SYSTEM, guest, name="mine"),
    "a token by signing in": lambda actor, guest: token_sign_in(actor, guest, name="mine"),
    "their tokens": lambda actor, _guest: tokens_for(actor),
    "another name": lambda actor, _guest: user_update(actor, username="gina"),
    "their browsers": lambda actor, _guest: sessions_for(actor),
    "ending a browser": lambda actor, _guest: session_revoke(actor, 1),
    "ending the others": lambda actor, _guest: sessions_revoke_others(actor, None),
    "a link to sign in": lambda _actor, guest: link_issue(guest),
}
BY_ADDRESS: dict[str, Attempt] = {
    "a code": lambda actor, guest: code_send(actor, guest.email),
    "signing in": lambda actor, guest: user_login(actor, email=guest.email, code="000000"),
    "signing up": lambda actor, _guest: user_signup(actor, email="n@guests.invalid", username="new", code="000000"),
    "being made staff": lambda _actor, guest: user_ensure(guest.email, staff=True),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_guest_gets_none(name: str, guest: User, actor_of: ActorOf) -> None:
    with pytest.raises(Forbidden) as refused:
        REFUSED[name](actor_of(guest), guest)
    assert refused.value.code == "GUEST"
    guest.refresh_from_db()
    assert guest.username == "Gina #0a1b2c" and not ApiToken.objects.exists()


@pytest.mark.parametrize("name", BY_ADDRESS)
def test_a_guests_address_is_no_way_in(name: str, guest: User, visitor: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        BY_ADDRESS[name](visitor, guest)
    assert refused.value.code == "EMAIL_INVALID"
    assert not mail.outbox and not EmailCode.objects.exists()
    guest.refresh_from_db()
    assert not guest.is_staff


def test_no_mail_goes_there(db: None) -> None:
    with pytest.raises(Invalid):
        mail_send(EmailMessage("Hello", "You", to=["alice@example.org"], bcc=["x@guests.invalid"]))
    assert not mail.outbox


def test_who_is_a_full_member(alice: User, guest: User, visitor: Actor, actor_of: ActorOf) -> None:
    assert full_member(actor_of(alice)) == alice
    with pytest.raises(Forbidden):
        full_member(actor_of(guest))
    with pytest.raises(Unauthenticated):
        full_member(visitor)


@pytest.mark.parametrize(
    ("email", "is_one"),
    [("a@guests.invalid", True), (" A@Guests.Invalid ", True), ("a@guests.invalid.", True),
     ("a@b.guests.invalid", True), ("a@example.org", False), ("guests.invalid@example.org", False),
     ("a@myguests.invalid", False)],
)  # fmt: skip
def test_which_addresses_are_guests(email: str, is_one: bool) -> None:
    assert is_guest_address(email) is is_one
