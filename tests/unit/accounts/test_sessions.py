"""Browsers that are signed in: opened, seen, listed, ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from accounts.actors import Actor
from accounts.middleware import ActorMiddleware, RequestIdMiddleware, client_address
from accounts.models import AuditEvent, BrowserSession, User
from accounts.services import (
    accounts_prune,
    session_close,
    session_open,
    session_revoke,
    sessions_for,
    sessions_revoke_others,
    user_lock,
)
from spaces_site.errors import NotFound, Unauthenticated

ActorOf = Callable[[User | None], Actor]


def browser(key: str | None = None, **meta: str) -> HttpRequest:
    """A request as the middleware leaves it."""
    request = RequestFactory().get("/", **({"HTTP_USER_AGENT": "Firefox"} | meta))
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    request.user = AnonymousUser()
    ActorMiddleware(lambda _: None).process_request(request)  # type: ignore[arg-type, return-value]
    return request


def signed_in(user: User) -> HttpRequest:
    request = browser()
    session_open(request, user)
    request.session.save()
    return request


def test_signing_in_makes_a_session_that_is_described_and_written_down(alice: User) -> None:
    request = signed_in(alice)
    row = BrowserSession.objects.get()
    assert (row.user, row.session_key, row.user_agent) == (alice, request.session.session_key, "Firefox")
    assert request.actor.user == alice  # type: ignore[attr-defined]
    assert AuditEvent.objects.get(action="user.sign_in").actor == alice
    assert browser(request.session.session_key).actor.user == alice  # type: ignore[attr-defined]


def test_the_session_key_is_new_also_for_one_who_signs_in_again(alice: User) -> None:
    request = browser()
    request.session["planted"] = 1
    request.session.save()
    keys = [request.session.session_key]
    for _ in range(2):
        session_open(request, alice)
        keys.append(request.session.session_key)
    assert len(set(keys)) == 3
    assert BrowserSession.objects.get().session_key == keys[-1]
    assert not Session.objects.filter(session_key__in=keys[:-1]).exists()


def test_somebody_else_in_the_same_browser_ends_the_first_session(alice: User, bob: User) -> None:
    request = signed_in(alice)
    session_open(request, bob)
    assert BrowserSession.objects.get().user == bob


def test_signing_out_ends_it_and_twice_is_fine(alice: User) -> None:
    request = signed_in(alice)
    key = request.session.session_key
    session_close(request)
    session_close(request)
    assert not Session.objects.filter(session_key=key).exists()
    assert not BrowserSession.objects.exists()
    assert AuditEvent.objects.filter(action="user.sign_out", actor=alice).count() == 1
    assert browser(key).actor.user is None  # type: ignore[attr-defined]


def test_revoking_one_signs_that_browser_out(alice: User, actor_of: ActorOf) -> None:
    kept, lost = signed_in(alice), signed_in(alice)
    session_revoke(actor_of(alice), BrowserSession.objects.get(session_key=lost.session.session_key).pk)
    assert browser(lost.session.session_key).actor.user is None  # type: ignore[attr-defined]
    assert browser(kept.session.session_key).actor.user == alice  # type: ignore[attr-defined]
    assert AuditEvent.objects.filter(action="session.revoke").count() == 1


def test_a_strangers_session_is_not_found(alice: User, charlie: User, actor_of: ActorOf) -> None:
    signed_in(alice)
    row = BrowserSession.objects.get()
    with pytest.raises(NotFound):
        session_revoke(actor_of(charlie), row.pk)
    with pytest.raises(Unauthenticated):
        session_revoke(actor_of(None), row.pk)
    assert list(sessions_for(actor_of(charlie))) == []


def test_revoking_the_others_keeps_this_one(alice: User, bob: User, actor_of: ActorOf) -> None:
    kept, others = signed_in(alice), [signed_in(alice), signed_in(alice)]
    signed_in(bob)
    assert sessions_revoke_others(actor_of(alice), kept.session.session_key) == 2
    assert [row.session_key for row in sessions_for(actor_of(alice))] == [kept.session.session_key]
    assert all(browser(other.session.session_key).actor.user is None for other in others)  # type: ignore[attr-defined]
    assert sessions_for(actor_of(bob)).count() == 1


def test_a_session_that_is_gone_or_over_is_not_listed_and_is_pruned(alice: User, actor_of: ActorOf) -> None:
    gone, over, kept = signed_in(alice), signed_in(alice), signed_in(alice)
    Session.objects.filter(session_key=gone.session.session_key).delete()
    Session.objects.filter(session_key=over.session.session_key).update(expire_date=timezone.now() - timedelta(1))
    assert [row.session_key for row in sessions_for(actor_of(alice))] == [kept.session.session_key]
    accounts_prune()
    assert BrowserSession.objects.get().session_key == kept.session.session_key


def test_being_seen_is_noted_at_most_once_a_minute(alice: User) -> None:
    key = signed_in(alice).session.session_key
    first = BrowserSession.objects.get().last_seen_at
    browser(key, REMOTE_ADDR="192.0.2.9")
    assert BrowserSession.objects.get().last_seen_at == first
    BrowserSession.objects.update(last_seen_at=first - timedelta(minutes=2))
    browser(key, REMOTE_ADDR="192.0.2.9")
    row = BrowserSession.objects.get()
    assert row.last_seen_at >= first and row.address == "192.0.2.9"


def test_a_locked_account_is_signed_out_everywhere(alice: User, root: User, actor_of: ActorOf) -> None:
    key = signed_in(alice).session.session_key
    user_lock(actor_of(root), alice)
    assert browser(key).actor.user is None  # type: ignore[attr-defined]
    assert not BrowserSession.objects.exists()


def test_a_session_of_one_locked_behind_our_back_counts_as_signed_out(alice: User) -> None:
    key = signed_in(alice).session.session_key
    User.objects.update(is_active=False)
    assert browser(key).actor.user is None  # type: ignore[attr-defined]


def test_with_authentication_off_every_request_is_the_owners(db: None, settings: object) -> None:
    settings.AUTH_DISABLED = True  # type: ignore[attr-defined]
    actor = browser().actor  # type: ignore[attr-defined]
    assert (actor.via, actor.user.is_staff, actor.user.email) == ("open", True, "admin@example.org")
    assert browser().actor.user == actor.user  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("trusted", "remote", "forwarded", "address"),
    [
        (False, "192.0.2.1", "", "192.0.2.1"),
        (False, "127.0.0.1", "198.51.100.1", "127.0.0.1"),
        (True, "127.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (True, "8.8.8.8", "198.51.100.1", "8.8.8.8"),
        (True, "10.0.0.2", "nonsense", "10.0.0.2"),
        (True, "10.0.0.2", "", "10.0.0.2"),
        (False, "", "", None),
        (False, "::ffff:192.0.2.1", "", "192.0.2.1"),
    ],
)
def test_the_clients_address_is_the_peer_unless_a_trusted_proxy_names_another(
    trusted: bool, remote: str, forwarded: str, address: str | None, settings: object
) -> None:
    settings.TRUST_PROXY = trusted  # type: ignore[attr-defined]
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert client_address(RequestFactory().get("/", REMOTE_ADDR=remote, **headers)) == address


@pytest.mark.parametrize(
    ("given", "kept"),
    [("0123456789abcdef", True), ("short", False), ("x" * 37, False), ("evil\nline-more", False), ("", False)],
)
def test_a_sane_request_id_is_kept_and_any_other_replaced(given: str, kept: bool) -> None:
    request = RequestFactory().get("/", headers={"X-Request-ID": given})
    RequestIdMiddleware(lambda _: None).process_request(request)  # type: ignore[arg-type, return-value]
    assert (request.request_id == given) is kept  # type: ignore[attr-defined]
    assert 8 <= len(request.request_id) <= 36  # type: ignore[attr-defined]
