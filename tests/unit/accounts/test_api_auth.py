"""Every form of credential, valid and not; and what a browser adds unasked is no way in for other sites."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import ApiToken, AuditEvent, User
from accounts.services import token_issue

ME = "/api/v1/users/me"
UPDATE = "/api/v1/users/update"
Send = Callable[[str], Any]


def get(**extra: Any) -> Any:
    return Client(enforce_csrf_checks=True).get(ME, **extra)


def put(client: Client, body: Any, **headers: str) -> Any:
    return client.put(UPDATE, body, content_type="application/json", headers=headers)


def with_cookie(token: str) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.cookies["auth_token"] = token
    return client


FORMS: dict[str, Send] = {
    "raw header": lambda token: get(headers={"authorization": token}),
    "bearer": lambda token: get(headers={"authorization": f"Bearer {token}"}),
    "bearer in lower case": lambda token: get(headers={"authorization": f"bearer {token}"}),
    "token": lambda token: get(headers={"authorization": f"Token {token}"}),
    "query": lambda token: get(query_params={"key": token}),
    "json body": lambda token: put(Client(enforce_csrf_checks=True), {"authorization": token}),
    "form body": lambda token: Client(enforce_csrf_checks=True).put(
        UPDATE, f"authorization={token}", content_type="application/x-www-form-urlencoded"
    ),
    "cookie": lambda token: with_cookie(token).get(ME),
    "cookie of a program that changes something": lambda token: put(with_cookie(token), {}),
}
form = pytest.mark.parametrize("send", FORMS.values(), ids=FORMS.keys())


@pytest.fixture
def token(alice: User) -> str:
    return token_issue(SYSTEM, alice, name="laptop")[1]


@form
def test_a_token_is_its_owner_in_every_form(send: Send, token: str, alice: User) -> None:
    answer = send(token)
    assert answer.status_code == 200
    assert answer.json()["data"]["email"] == alice.email


@form
@pytest.mark.parametrize("bad", ["nonsense", "sp_" + "A" * 43, "Basic dXNlcjpwYXNz"])
def test_what_is_no_token_is_401_in_every_form(send: Send, bad: str, token: str) -> None:
    answer = send(bad)
    assert (answer.status_code, answer.json()["error"]) == (401, "TOKEN_INVALID")
    assert "WWW-Authenticate" in answer.headers
    assert AuditEvent.objects.filter(action="token.refused").count() == 1


@form
@pytest.mark.parametrize("how", ["revoked", "expired", "locked"])
def test_a_token_that_is_over_is_401_in_every_form(send: Send, how: str, token: str) -> None:
    past = timezone.now() - timedelta(seconds=1)
    if how == "revoked":
        ApiToken.objects.update(revoked_at=past)
    elif how == "expired":
        ApiToken.objects.update(expires_at=past)
    else:
        User.objects.update(is_active=False)
    assert send(token).status_code == 401


def test_nothing_at_all_is_401(db: None) -> None:
    answer = get()
    assert (answer.status_code, answer.json()["error"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("header", ["", "   "])
def test_an_empty_header_counts_as_none(header: str, token: str) -> None:
    assert get(headers={"authorization": header}).status_code == 401
    assert get(headers={"authorization": header}, query_params={"key": token}).status_code == 200


def test_a_token_that_does_not_hold_is_401_even_with_a_session(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    assert client.get(ME).status_code == 200
    assert client.get(ME, headers={"authorization": "nonsense"}).status_code == 401
    assert client.get(ME, query_params={"key": "nonsense"}).status_code == 401


def test_a_cookie_that_was_planted_does_not_take_over_a_session(alice: User, bob: User) -> None:
    client = with_cookie(token_issue(SYSTEM, bob, name="bob's")[1])
    client.force_login(alice)
    assert client.get(ME).json()["data"]["email"] == alice.email


def test_a_session_reads_without_and_changes_with_a_csrf_token(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.get(ME).status_code == 200
    refused = put(client, {"username": "other"})
    assert (refused.status_code, refused.json()["error"]) == (403, "CSRF_FAILED")
    secret = "a" * 32
    client.cookies["spaces_csrf"] = secret
    assert put(client, {"username": "other"}, **{"X-CSRFToken": secret}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://testserver"}, 200),
        ({"Origin": "http://localhost:8000"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://abc.testserver"}, 403),
        ({"Origin": "https://testserver"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
@pytest.mark.parametrize("how", ["cookie", "open"])
def test_another_site_changes_nothing_by_what_a_browser_adds(
    how: str, headers: dict[str, str], status: int, token: str, root: User, settings: Any
) -> None:
    settings.AUTH_DISABLED = how == "open"
    client = with_cookie(token) if how == "cookie" else Client()
    assert put(client, {}, **headers).status_code == status
    assert client.get(ME, headers=headers).status_code == 200


def test_a_token_that_a_program_sent_itself_works_from_any_origin(token: str) -> None:
    answer = put(Client(enforce_csrf_checks=True), {}, authorization=token, Origin="http://evil.example")
    assert answer.status_code == 200


def test_with_authentication_off_every_credential_is_the_owners(root: User, alice: User, settings: Any) -> None:
    settings.AUTH_DISABLED = True
    for answer in (get(), get(headers={"authorization": "Bearer nonsense"}), get(query_params={"key": "x"})):
        assert answer.json()["data"]["email"] == root.email


def test_who_keeps_on_guessing_is_slowed_down_while_a_good_token_works(token: str) -> None:
    for _ in range(60):
        assert get(headers={"authorization": "nonsense"}).status_code == 401
    answer = get(headers={"authorization": "nonsense"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert get(headers={"authorization": token}).status_code == 200


def test_the_use_of_a_token_is_noted_with_its_address(token: str) -> None:
    get(headers={"authorization": token}, REMOTE_ADDR="192.0.2.9")
    row = ApiToken.objects.get()
    assert row.last_used_at and row.last_used_address == "192.0.2.9"


def test_the_document_names_every_form_of_credential(db: None) -> None:
    document = Client().get("/api/schema?format=json").json()
    names = {"bearer", "authorization", "key", "auth_token", "session"}
    assert names <= set(document["components"]["securitySchemes"])
    each = document["paths"]["/api/v1/users/me"]["get"]["security"]
    assert [set(one) for one in each if len(one) == 1] == [set(one) for one in each], "any of them is enough"
    assert names <= {name for one in each for name in one}
