"""Every endpoint of the API for every caller: who gets what. An endpoint that is missing here fails."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from tests.unit.api.conftest import Call, caller, token_of
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.models import Workspace

CALLERS = ("owner", "stranger", "staff", "signed out", "locked")
OPEN = (200,) * 5
OWN = (200, 404, 200, 401, 401)
"""On one workspace: a stranger does not learn that it exists, a locked account's token holds no more."""
MINE = (200, 200, 200, 401, 401)
"""On what the caller has: everybody who is signed in has their own."""

TABLE: dict[str, tuple[str, Any, tuple[int, ...]]] = {
    "api/health": ("get", None, (503,) * 5),  # no worker runs here, and the answer says so to everybody
    "api/schema": ("get", None, OPEN),
    "api/docs/": ("get", None, OPEN),
    "api/": ("get", None, (302,) * 5),
    "api/<path:rest>": ("get", None, (404,) * 5),
    "api/v1/users/send": ("post", {"email": "new@example.org"}, OPEN),
    "api/v1/users/signup": ("post", {"email": "new@example.org", "username": "new", "code": "000000"}, (400,) * 5),
    "api/v1/users/login": ("post", {"email": "new@example.org", "code": "000000"}, (400,) * 5),
    "api/v1/users/signout": ("post", {}, MINE),
    "api/v1/users/me": ("get", None, MINE),
    "api/v1/users/update": ("put", {"username": "renamed"}, MINE),
    "api/v1/spaces/create": ("post", {"type": "code-server"}, (201, 201, 201, 401, 401)),
    "api/v1/spaces/start/<int:number>": ("post", {}, OWN),
    "api/v1/spaces/stop/<int:number>": ("post", {}, OWN),
    "api/v1/spaces/status/<int:number>": ("get", None, OWN),
    "api/v1/spaces/list": ("get", None, MINE),
    "api/v1/spaces/delete/<int:number>": ("delete", None, OWN),
    "api/v1/spaces/<int:number>/favorite": ("post", {}, OWN),
}


def endpoints(patterns: list[Any] | None = None, before: str = "") -> list[str]:
    """All patterns below /api/."""
    found: list[str] = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += endpoints(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and path.startswith("api/"):
            found.append(path)
    return found


@pytest.fixture
def callers(alice: User, bob: User, charlie: User, root: User) -> dict[str, Call]:
    locked = caller(bob)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    people = {"owner": alice, "stranger": charlie, "staff": root, "signed out": None}
    return {name: caller(user) for name, user in people.items()} | {"locked": locked}


def test_every_endpoint_is_in_the_table() -> None:
    assert sorted(endpoints()) == sorted(TABLE)


@pytest.mark.parametrize("path", TABLE)
def test_who_gets_what(path: str, callers: dict[str, Call], alice: User, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(alice)
    method, body, expected = TABLE[path]
    address = "/" + path.replace("<int:number>", str(workspace.pk)).replace("<path:rest>", "nowhere/to/be/found")
    got = []
    for name in CALLERS:
        with transaction.atomic():
            got.append(callers[name](method, address, body).status_code)
            transaction.set_rollback(True)  # the next one finds everything as it was
    assert dict(zip(CALLERS, got, strict=True)) == dict(zip(CALLERS, expected, strict=True))


@pytest.mark.parametrize("path", [path for path, (_m, _b, expected) in TABLE.items() if 401 in expected])
def test_a_token_that_does_not_hold_is_never_as_good_as_none(path: str, as_nobody: Call) -> None:
    method, body, _expected = TABLE[path]
    answer = as_nobody(method, "/" + path.replace("<int:number>", "1"), body, authorization="Bearer sp_guessed")
    assert (answer.status_code, answer.json()["error"]) == (401, "TOKEN_INVALID")


@pytest.mark.parametrize("path", TABLE)
def test_another_method_is_refused_and_changes_nothing(
    path: str, as_alice: Call, alice: User, make_workspace: MakeWorkspace
) -> None:
    workspace = make_workspace(alice)
    address = "/" + path.replace("<int:number>", str(workspace.pk)).replace("<path:rest>", "nowhere")
    for method in {"get", "post", "put", "patch", "delete"} - {TABLE[path][0]}:
        assert as_alice(method, address, {}).status_code in ({404} if "rest" in path else {302, 405})
    assert Workspace.objects.get().state == "running"


@pytest.mark.parametrize(
    "credential",
    [
        {"headers": {"authorization": "TOKEN"}},
        {"headers": {"authorization": "Bearer TOKEN"}},
        {"headers": {"authorization": "Token TOKEN"}},
        {"query_params": {"key": "TOKEN"}},
        {"cookie": "TOKEN"},
    ],
)
def test_every_form_of_credential_is_taken(credential: dict[str, Any], client: Any, alice: User) -> None:
    token = token_of(alice)
    if "cookie" in credential:
        client.cookies["auth_token"] = token
        credential = {}
    filled = {
        place: {name: value.replace("TOKEN", token) for name, value in values.items()}
        for place, values in credential.items()
    }
    assert client.get("/api/v1/spaces/list", **filled).status_code == 200
