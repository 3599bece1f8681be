"""The password of a project: who is asked for it, and how it is changed."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import AuditEvent, User
from tests.unit.api.conftest import Call, caller
from tests.unit.api.projects import PASSWORD, protected_of, refused
from workspaces.engine.fake import FakeEngine
from workspaces.models import Operation, Share, Workspace
from workspaces.states import State

ASKED = [("delete", ""), ("post", "/start"), ("post", "/stop")]
"""What a protected project asks its password for."""

pytestmark = pytest.mark.usefixtures("engine", "code_server", "terminal", "volume_of")


@pytest.fixture
def protected(alice: User, bob: User) -> str:
    """Path of a protected project of Alice's, shared with Bob."""
    return protected_of(alice, bob)


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_the_owner_is_never_asked(method: str, path: str, protected: str, as_alice: Call) -> None:
    assert as_alice(method, protected + path, {"password": "wrong"}).status_code == 200


@pytest.mark.parametrize("who", ["bob", "root"])
@pytest.mark.parametrize(("method", "path"), ASKED)
def test_everybody_else_is_asked(
    who: str, method: str, path: str, protected: str, request: pytest.FixtureRequest
) -> None:
    call = caller(request.getfixturevalue(who))
    if who == "bob" and method == "delete":  # which is not for them, whatever they know
        refused(call(method, protected + path, {"password": PASSWORD}), 403, "OWNER_ONLY")
        return
    for given in ({}, {"password": "wrong"}, {"password": None}, {"currentPassword": "wrong"}, None):
        answer = call(method, protected + path, given)
        refused(answer, 401, "INVALID_WORKSPACE_PASSWORD", "Invalid password for password-protected workspace")
    assert Workspace.objects.get().state == State.RUNNING
    field = "password" if path else "currentPassword"
    assert call(method, protected + path, {field: PASSWORD}).status_code == 200


def test_a_stranger_is_not_even_asked(protected: str, as_charlie: Call, as_nobody: Call) -> None:
    for method, path in ASKED:
        refused(as_charlie(method, protected + path, {"password": PASSWORD}), 404, "PROJECT_NOT_FOUND")
        refused(as_nobody(method, protected + path, {"password": PASSWORD}), 401, "UNAUTHENTICATED")


def test_a_viewer_may_look_and_change_nothing(protected: str, as_bob: Call) -> None:
    Share.objects.update(role=Share.Role.VIEWER)
    for path in ("", "/notes", "/aliases", "/ports", "/disk-usage"):
        assert as_bob("get", protected + path).status_code == 200
    for method, path, body in [
        ("post", "/start", {"password": PASSWORD}),
        ("post", "/stop", {"password": PASSWORD}),
        ("put", "/notes", {"notes": "x"}),
    ]:
        refused(as_bob(method, protected + path, body), 403, "VIEWER_ONLY")


def test_who_keeps_on_guessing_is_stopped(protected: str, as_bob: Call) -> None:
    answers = [as_bob("post", f"{protected}/stop", {"password": f"guess {number}"}) for number in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    refused(answers[-1], 429, "RATE_LIMITED")
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert as_bob("post", f"{protected}/stop", {"password": PASSWORD}).status_code == 429


def test_passwords_are_in_no_audit_event(protected: str, as_bob: Call) -> None:
    as_bob("post", f"{protected}/stop", {"password": "my-other-secret"})
    events = str(list(AuditEvent.objects.values()))
    assert PASSWORD not in events and "my-other-secret" not in events and "workspace.password_refused" in events


def test_a_new_password_is_in_force_at_once(
    protected: str, as_alice: Call, as_bob: Call, root: User, engine: FakeEngine
) -> None:
    before = list(engine.calls)
    answer = as_alice("put", f"{protected}/password", {"newPassword": "another-password"})
    assert answer.json() == {"success": True, "message": "Password updated successfully", "passwordProtected": True}
    assert not Operation.objects.exclude(verb="create").exists(), "nothing is restarted"
    assert before == engine.calls
    refused(as_bob("post", f"{protected}/stop", {"password": PASSWORD}), 401, "INVALID_WORKSPACE_PASSWORD")
    assert as_bob("post", f"{protected}/stop", {"password": "another-password"}).status_code == 200
    gone = as_alice("put", f"{protected}/password", {"removePassword": True})  # of a stopped one as well
    assert gone.json()["passwordProtected"] is False
    assert as_bob("post", f"{protected}/start").status_code == 200


def test_staff_give_the_password_that_it_has_to_change_it(protected: str, root: User, as_bob: Call) -> None:
    as_root = caller(root)
    for body in ({}, {"currentPassword": "wrong"}):
        answer = as_root("put", f"{protected}/password", body | {"newPassword": "another-password"})
        refused(answer, 401, "INVALID_WORKSPACE_PASSWORD")
    body = {"currentPassword": PASSWORD, "newPassword": "another-password"}
    assert as_root("put", f"{protected}/password", body).status_code == 200
    refused(as_bob("put", f"{protected}/password", body), 403, "OWNER_ONLY")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "INVALID_PASSWORD", "newPassword"),
        ({"newPassword": "short"}, "INVALID_PASSWORD", "newPassword"),
        ({"newPassword": "x" * 51}, "INVALID_PASSWORD", "newPassword"),
        ({"newPassword": ["x"]}, "VALIDATION_ERROR", "newPassword"),
        ({"newPassword": PASSWORD, "removePassword": True}, "VALIDATION_ERROR", "removePassword"),
        ({"removePassword": "perhaps"}, "VALIDATION_ERROR", "removePassword"),
    ],
)
def test_a_password_that_cannot_be_is_refused(
    body: dict[str, Any], code: str, field: str, as_alice: Call, protected: str
) -> None:
    assert set(refused(as_alice("put", f"{protected}/password", body), 400, code)["details"]) == {field}
