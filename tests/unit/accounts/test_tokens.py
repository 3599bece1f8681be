"""API tokens: issued, used, listed, revoked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import ApiToken, AuditEvent, User
from accounts.services import (
    token_authenticate,
    token_issue,
    token_revoke,
    token_revoke_any,
    token_sign_in,
    tokens_for,
    user_lock,
)
from spaces_site.errors import Forbidden, Invalid, NotFound, Unauthenticated

ActorOf = Callable[[User | None], Actor]


@pytest.fixture
def issued(alice: User, actor_of: ActorOf) -> tuple[ApiToken, str]:
    return token_issue(actor_of(alice), alice, name="laptop")


def test_a_token_is_shown_once_and_stored_as_a_hash(issued: tuple[ApiToken, str]) -> None:
    token, raw = issued
    assert re.fullmatch(r"sp_[A-Za-z0-9_-]{43}", raw)
    token.refresh_from_db()
    assert raw[8:] not in str(token.__dict__)
    assert raw.startswith(token.prefix)


def test_its_text_is_its_owner(issued: tuple[ApiToken, str], alice: User) -> None:
    token = token_authenticate(issued[1], "192.0.2.7")
    assert token and token.user == alice


@pytest.mark.parametrize("raw", ["", "sp_", "nonsense", "sp_" + "x" * 43, "\ud800", "ä" * 5000])
def test_any_other_text_is_nobody(raw: str, issued: tuple[ApiToken, str]) -> None:
    assert token_authenticate(raw, None) is None


def test_every_altered_letter_makes_it_nobody(issued: tuple[ApiToken, str]) -> None:
    raw = issued[1]
    for place in range(len(raw)):
        other = "A" if raw[place] != "A" else "B"
        assert token_authenticate(raw[:place] + other + raw[place + 1 :], None) is None


def test_last_use_is_noted_at_most_once_a_minute(issued: tuple[ApiToken, str]) -> None:
    token, raw = issued
    token_authenticate(raw, "192.0.2.1")
    token.refresh_from_db()
    first = token.last_used_at
    assert first and token.last_used_address == "192.0.2.1"
    token_authenticate(raw, "192.0.2.2")
    token.refresh_from_db()
    assert (token.last_used_at, token.last_used_address) == (first, "192.0.2.1")
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    token_authenticate(raw, "192.0.2.2")
    token.refresh_from_db()
    assert token.last_used_address == "192.0.2.2"


def test_a_revoked_token_is_nobody_and_revoking_twice_is_fine(
    issued: tuple[ApiToken, str], alice: User, actor_of: ActorOf
) -> None:
    token, raw = issued
    token_revoke(actor_of(alice), token.pk)
    token_revoke(actor_of(alice), token.pk)
    assert token_authenticate(raw, None) is None
    assert AuditEvent.objects.filter(action="token.revoke").count() == 1


def test_a_token_ends_when_it_said(alice: User, actor_of: ActorOf) -> None:
    _, raw = token_issue(actor_of(alice), alice, name="short", expires_in=timedelta(hours=1))
    assert token_authenticate(raw, None)
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert token_authenticate(raw, None) is None


def test_the_token_of_a_locked_account_is_nobody(
    issued: tuple[ApiToken, str], alice: User, root: User, actor_of: ActorOf
) -> None:
    user_lock(actor_of(root), alice)
    assert token_authenticate(issued[1], None) is None


def test_a_strangers_token_is_not_found(
    issued: tuple[ApiToken, str], charlie: User, root: User, actor_of: ActorOf
) -> None:
    for somebody in (charlie, root):
        with pytest.raises(NotFound):
            token_revoke(actor_of(somebody), issued[0].pk)
    with pytest.raises(Unauthenticated):
        token_revoke(actor_of(None), issued[0].pk)
    with pytest.raises(Forbidden):
        token_revoke_any(actor_of(charlie), issued[0].pk)
    token_revoke_any(actor_of(root), issued[0].pk)
    assert token_authenticate(issued[1], None) is None


def test_the_list_has_ones_own_that_are_not_revoked(
    issued: tuple[ApiToken, str], alice: User, bob: User, actor_of: ActorOf
) -> None:
    assert list(tokens_for(actor_of(alice))) == [issued[0]]
    assert list(tokens_for(actor_of(bob))) == []
    token_revoke(actor_of(alice), issued[0].pk)
    assert list(tokens_for(actor_of(alice))) == []


@pytest.mark.parametrize("name", ["", "   ", "n" * 81])
def test_a_token_needs_a_name_that_fits(name: str, alice: User, actor_of: ActorOf) -> None:
    with pytest.raises(Invalid):
        token_issue(actor_of(alice), alice, name=name)


def test_issuing_is_written_down_without_the_token(issued: tuple[ApiToken, str]) -> None:
    event = AuditEvent.objects.get(action="token.issue")
    assert event.meta["name"] == "laptop"
    assert issued[1] not in str(event.meta)


def test_a_token_for_signing_in_is_written_down_as_a_sign_in(visitor: Actor, alice: User) -> None:
    token_sign_in(visitor, alice, name="API sign-in")
    assert AuditEvent.objects.get(action="user.sign_in").actor == alice


def test_the_command_prints_the_token_and_nothing_else(db: None) -> None:
    out = StringIO()
    call_command("token_issue", "new@example.org", "--staff", "--name", "ci", stdout=out)
    token = token_authenticate(out.getvalue().rstrip("\n"), None)
    assert token and token.user.is_staff and token.name == "ci"
    with pytest.raises(CommandError):
        call_command("token_issue", "nobody")


def test_a_name_has_no_byte_that_postgresql_refuses(alice: User, actor_of: ActorOf) -> None:
    assert token_issue(actor_of(alice), alice, name="back\0up")[0].name == "back up"
