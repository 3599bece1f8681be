"""/api/v1/users, every request and answer as documented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import ApiToken, AuditEvent, User

LastCode = Callable[[], str]
ROOT = "/api/v1/users"
EMAIL = "user@example.com"


def post(path: str, body: Any, client: Client | None = None, **headers: str) -> Any:
    return (client or Client()).post(f"{ROOT}/{path}", body, content_type="application/json", headers=headers)


@pytest.fixture
def code(db: None, last_code: LastCode) -> str:
    assert post("send", {"email": EMAIL}).status_code == 200
    return last_code()


@pytest.fixture
def token(code: str) -> str:
    body = {"email": EMAIL, "username": "myusername", "verificationCode": code}
    return str(post("signup", body).json()["data"]["authorization"])


def test_send_answers_as_documented(db: None) -> None:
    answer = post("send", {"email": EMAIL})
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "message": "Verification code sent successfully",
        "data": {"email": EMAIL},
    }
    assert mail.outbox[0].to == [EMAIL]


@pytest.mark.parametrize("mode", ["login", "signup", "", None])
def test_send_tells_nothing_about_accounts_in_any_mode(mode: str | None, alice: User) -> None:
    known, unknown = (post("send", {"email": email, "mode": mode}) for email in (alice.email, "x@example.org"))
    assert known.status_code == unknown.status_code == 200
    assert known.json()["message"] == unknown.json()["message"]
    assert len(mail.outbox) == 2


@pytest.mark.parametrize(
    ("body", "message", "error"),
    [
        ({}, "Email is required", "EMAIL_REQUIRED"),
        ({"email": ""}, "Email is required", "EMAIL_REQUIRED"),
        ({"email": None}, "Email is required", "EMAIL_REQUIRED"),
        ({"email": "nobody"}, "Invalid email format", "EMAIL_INVALID"),
    ],
)
def test_send_refuses_what_is_no_address(body: Any, message: str, error: str, db: None) -> None:
    answer = post("send", body, **{"Accept-Language": "de"})
    assert (answer.status_code, answer.json()) == (400, {"success": False, "message": message, "error": error})


def test_the_fourth_send_is_told_when_to_come_back(db: None) -> None:
    for _ in range(3):
        assert post("send", {"email": EMAIL}).status_code == 200
    answer = post("send", {"email": EMAIL})
    assert (answer.status_code, answer.json()["error"]) == (429, "RATE_LIMITED")
    assert 0 < int(answer.headers["Retry-After"]) <= 900


def test_signup_answers_as_documented(code: str) -> None:
    answer = post("signup", {"email": EMAIL, "username": "myusername", "verificationCode": code})
    assert answer.status_code == 201
    body = answer.json()
    user = User.objects.get()
    assert (body["success"], body["message"]) == (True, "User created successfully")
    assert body["data"].items() >= {"id": user.pk, "email": EMAIL, "username": "myusername"}.items()
    assert body["data"]["authorization"].startswith("sp_")
    assert ApiToken.objects.get().name == "API sign-in"


def test_signup_and_login_take_either_name_of_the_code(code: str, last_code: LastCode) -> None:
    assert post("signup", {"email": EMAIL, "username": "myusername", "code": code}).status_code == 201
    for name in ("code", "verificationCode"):
        post("send", {"email": EMAIL})
        assert post("login", {"email": EMAIL, name: last_code()}).status_code == 200


@pytest.mark.parametrize(
    ("fields", "status", "message", "error"),
    [
        ({"email": ""}, 400, "Email is required", "EMAIL_REQUIRED"),
        ({"email": "no"}, 400, "Invalid email format", "EMAIL_INVALID"),
        ({"verificationCode": ""}, 400, "Verification code is required", "CODE_REQUIRED"),
        ({"verificationCode": "nope"}, 400, "Invalid or expired verification code", "CODE_INVALID"),
        ({"username": "alice"}, 409, "Username already taken", "USERNAME_TAKEN"),
    ],
)
def test_signup_refuses(
    fields: dict[str, str], status: int, message: str, error: str, code: str, alice: User
) -> None:
    body = {"email": EMAIL, "username": "myusername", "verificationCode": code} | fields
    answer = post("signup", body, **{"Accept-Language": "de"})
    assert (answer.status_code, answer.json()) == (status, {"success": False, "message": message, "error": error})


def test_signup_of_a_registered_address_is_a_conflict(token: str, last_code: LastCode) -> None:
    post("send", {"email": EMAIL})
    answer = post("signup", {"email": EMAIL, "username": "other", "verificationCode": last_code()})
    assert (answer.status_code, answer.json()["message"]) == (409, "Email already registered")


def test_login_answers_as_documented(token: str, last_code: LastCode) -> None:
    post("send", {"email": EMAIL})
    answer = post("login", {"email": EMAIL, "code": last_code()}, authorization="sp_one-that-is-over")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["success"], body["message"]) == (True, "Login successful")
    assert body["data"].items() >= {"email": EMAIL, "username": "myusername"}.items()
    assert body["data"]["authorization"] not in ("", token)


def test_login_without_an_account_is_not_found(code: str) -> None:
    answer = post("login", {"email": EMAIL, "code": code})
    assert answer.status_code == 404
    assert answer.json()["message"] == "User not found. Please sign up first."


def test_login_of_a_locked_account_is_forbidden(token: str, last_code: LastCode) -> None:
    User.objects.update(is_active=False)
    post("send", {"email": EMAIL})
    answer = post("login", {"email": EMAIL, "code": last_code()})
    assert (answer.status_code, answer.json()["error"]) == (403, "ACCOUNT_LOCKED")


@pytest.mark.parametrize("place", ["body", "header"])
def test_signout_answers_as_documented_and_ends_the_token(place: str, token: str) -> None:
    given: Any = ({"authorization": token}, {}) if place == "body" else ({}, {"authorization": token})
    answer = post("signout", given[0], **given[1])
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "message": "Sign out successful", "data": {"email": EMAIL}}
    again = post("signout", given[0], **given[1])
    assert again.status_code == 401
    assert AuditEvent.objects.filter(action="token.revoke").count() == 1


def test_signout_ends_no_other_token(token: str, last_code: LastCode) -> None:
    post("send", {"email": EMAIL})
    other = post("login", {"email": EMAIL, "code": last_code()}).json()["data"]["authorization"]
    post("signout", {"authorization": token})
    assert Client().get(f"{ROOT}/me", headers={"authorization": other}).status_code == 200


def test_me_is_whose_token_it_is(token: str) -> None:
    answer = Client().get(f"{ROOT}/me", headers={"authorization": token})
    assert answer.status_code == 200
    assert answer.json()["data"].items() >= {"email": EMAIL, "username": "myusername"}.items()


def test_update_changes_the_name(token: str, alice: User) -> None:
    def put(body: Any) -> Any:
        return Client().put(f"{ROOT}/update", body, content_type="application/json", headers={"authorization": token})

    answer = put({"username": "newname"})
    assert (answer.status_code, answer.json()["message"]) == (200, "Profile updated successfully")
    assert answer.json()["data"]["username"] == "newname"
    assert put({"username": "alice"}).status_code == 409
    assert put({"username": "a b"}).json()["error"] == "USERNAME_INVALID"
    assert put({}).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("get", "me"), ("put", "update"), ("post", "signout")])
def test_without_a_token_it_is_401_in_the_same_shape(method: str, path: str, db: None) -> None:
    answer = getattr(Client(), method)(f"{ROOT}/{path}")
    assert answer.status_code == 401
    assert set(answer.json()) == {"success", "message", "error"}
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "error"),
    [
        ("{not json", "application/json", 400, "MALFORMED_BODY"),
        ("[1]", "application/json", 400, "VALIDATION_ERROR"),
        ('{"email": ["a@example.org"]}', "application/json", 400, "VALIDATION_ERROR"),
        ('{"email": "a\\u0000@example.org"}', "application/json", 400, "VALIDATION_ERROR"),
        ('{"email": "\\ud800@example.org"}', "application/json", 400, "VALIDATION_ERROR"),
        ("<email/>", "application/xml", 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
def test_a_body_that_makes_no_sense_is_told_so(body: str, content_type: str, status: int, error: str, db: None) -> None:
    answer = Client().post(f"{ROOT}/send", body, content_type=content_type)
    assert (answer.status_code, answer.json()["success"], answer.json()["error"]) == (status, False, error)


def test_a_form_is_as_good_as_json(db: None) -> None:
    answer = Client().post(f"{ROOT}/send", "email=user%40example.com", "application/x-www-form-urlencoded")
    assert answer.status_code == 200


def test_another_method_is_405_in_the_same_shape(db: None) -> None:
    answer = Client().get(f"{ROOT}/send")
    assert (answer.status_code, answer.json()["error"]) == (405, "METHOD_NOT_ALLOWED")


def test_what_nobody_expected_is_a_500_without_internals(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("accounts.services.code_send", broken)
    answer = post("send", {"email": EMAIL}, **{"X-Request-ID": "request-4711"})
    assert answer.status_code == 500
    assert answer.json()["error"] == "INTERNAL_ERROR"
    assert "secret" not in answer.content.decode()
    assert "request-4711" in answer.json()["message"]
    assert answer.headers["X-Request-ID"] == "request-4711"


def test_a_mail_that_fails_is_503_for_known_and_unknown_alike(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    answers = [post("send", {"email": email}) for email in (alice.email, EMAIL)]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["error"] == "MAIL_UNAVAILABLE"
