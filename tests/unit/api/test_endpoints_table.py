"""Every endpoint of the API for every caller: who gets what. An endpoint that is missing here fails."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.actors import Actor
from accounts.models import User
from tests.files_fixtures import VolumeOf
from tests.unit.api.conftest import Call, caller, token_of
from tests.workspaces_fixtures import Work
from workspaces.engine.fake import FakeEngine
from workspaces.models import Alias, Kind, Share, Workspace
from workspaces.services.keyed import container_start

CALLERS = ("owner", "shared", "stranger", "staff", "signed out", "locked")
OPEN = (200,) * 6
OWN = (200, 200, 404, 200, 401, 401)
"""On one workspace: a stranger does not learn that it exists, a locked account's token holds no more."""
OWNER_ONLY = (200, 403, 404, 200, 401, 401)
"""What may not be done with what is somebody else's."""
PAIR = (200, 404, 404, 404, 401, 401)
"""By a pair of the caller's own texts: everybody has their own under it, also who may see the owner's."""
MINE = (200, 200, 200, 200, 401, 401)
"""On what the caller has: everybody who is signed in has their own."""
STAFF = (403, 403, 403, 200, 401, 401)
BACKEND = {"projectId": "shop", "workspaceId": "backend"}
NAMED = "api/spaces/<str:name>"
PROJECT = "api/projects/<str:project_id>"

TABLE: dict[str, tuple[str, Any, tuple[int, ...]]] = {
    "api/health": ("get", None, (503,) * 6),  # no worker runs here, and the answer says so to everybody
    "api/schema": ("get", None, OPEN),
    "api/docs/": ("get", None, OPEN),
    "api/": ("get", None, (302,) * 6),
    "api/<path:rest>": ("get", None, (404,) * 6),
    "api/v1/users/send": ("post", {"email": "new@example.org"}, OPEN),
    "api/v1/users/signup": ("post", {"email": "new@example.org", "username": "new", "code": "000000"}, (400,) * 6),
    "api/v1/users/login": ("post", {"email": "new@example.org", "code": "000000"}, (400,) * 6),
    "api/v1/users/signout": ("post", {}, MINE),
    "api/v1/users/me": ("get", None, MINE),
    "api/v1/users/update": ("put", {"username": "renamed"}, MINE),
    "api/v1/spaces/create": ("post", {"type": "code-server"}, (201, 201, 201, 201, 401, 401)),
    "api/v1/spaces/start/<int:number>": ("post", {}, OWN),
    "api/v1/spaces/stop/<int:number>": ("post", {}, OWN),
    "api/v1/spaces/status/<int:number>": ("get", None, OWN),
    "api/v1/spaces/list": ("get", None, MINE),
    "api/v1/spaces/delete/<int:number>": ("delete", None, OWNER_ONLY),
    "api/v1/spaces/<int:number>/favorite": ("post", {}, OWN),
    "api/v1/containers/exec": ("post", BACKEND | {"command": "true"}, PAIR),
    "api/v1/containers/status": ("post", BACKEND, PAIR),
    "api/v1/containers/start": ("post", BACKEND, MINE),
    "api/v1/containers/stop": ("post", BACKEND, PAIR),
    "api/v1/containers/sync": ("post", BACKEND | {"files": {"a": "b"}}, PAIR),
    "api/v1/containers/vscode-theme": ("post", BACKEND | {"theme": "Monokai"}, PAIR),
    "api/spaces GET": ("get", None, MINE),
    "api/spaces": ("post", {"name": "new"}, (201, 201, 201, 201, 401, 401)),
    NAMED: ("get", None, OWN),
    f"{NAMED} DELETE": ("delete", None, OWNER_ONLY),
    f"{NAMED}/start": ("post", {}, OWN),
    f"{NAMED}/stop": ("post", {}, OWN),
    f"{NAMED}/exec": ("post", {"command": "true"}, OWN),
    f"{NAMED}/stats": ("get", None, OWN),
    f"{NAMED}/observability": ("get", None, OWN),
    f"{NAMED}/git/push": ("post", {"branch": "--no"}, (400, 400, 404, 400, 401, 401)),
    f"{NAMED}/files": ("get", None, OWN),
    f"{NAMED}/file": ("put", {"contentBase64": "aGkK"}, OWN),
    f"{NAMED}/file GET": ("get", None, OWN),
    "api/templates": ("get", None, MINE),
    "api/templates PUT": ("put", {"yaml": "name: new"}, STAFF),
    "api/templates/<str:name>": ("get", None, MINE),
    "api/templates/<str:name> DELETE": ("delete", None, (403, 403, 403, 409, 401, 401)),  # it came with the program
    "api/nodes": ("get", None, MINE),
    "api/system": ("get", None, MINE),
    "api/system/capabilities": ("get", None, MINE),
    "api/audit": ("get", None, MINE),
    "api/projects": ("get", None, MINE),
    "api/projects/create": ("post", {"projectName": "new", "projectType": "empty"}, (201, 201, 201, 201, 401, 401)),
    "api/projects/groups": ("get", None, MINE),
    PROJECT: ("get", None, OWN),
    f"{PROJECT} DELETE": ("delete", None, OWNER_ONLY),
    f"{PROJECT}/start": ("post", {}, OWN),
    f"{PROJECT}/stop": ("post", {}, OWN),
    f"{PROJECT}/clone": ("post", {"count": 1}, (202, 202, 404, 202, 401, 401)),
    f"{PROJECT}/disk-usage": ("get", None, OWN),
    f"{PROJECT}/notes": ("get", None, OWN),
    f"{PROJECT}/notes PUT": ("put", {"notes": "x"}, OWN),
    f"{PROJECT}/name": ("put", {"name": "renamed"}, OWNER_ONLY),
    f"{PROJECT}/group": ("put", {"group": "team"}, OWNER_ONLY),
    f"{PROJECT}/password": ("put", {"newPassword": "12345678"}, OWNER_ONLY),
    f"{PROJECT}/ports": ("get", None, OWN),
    f"{PROJECT}/ports/<int:port>": ("put", {"audience": "people"}, OWNER_ONLY),
    f"{PROJECT}/aliases": ("get", None, OWN),
    f"{PROJECT}/aliases POST": ("post", {"subdomain": "new-name", "port": 5000}, (201, 403, 404, 201, 401, 401)),
    f"{PROJECT}/aliases/<str:subdomain>": ("put", {"port": 3000}, OWNER_ONLY),
    f"{PROJECT}/aliases/<str:subdomain> DELETE": ("delete", None, OWNER_ONLY),
    "api/config": ("get", None, MINE),
    "api/limits": ("get", None, MINE),
    "api/workspace/stats": ("get", None, MINE),
    "api/workshop/status": ("get", None, OPEN),
    "api/workshop/claim": ("post", {"name": "Max", "email": "max@example.com"}, (503,) * 6),  # there is no workshop
    "api/workshop/claims": ("get", None, STAFF),
    "api/workshop/claims/<str:project_id>/release": ("post", {}, (403, 403, 403, 404, 401, 401)),
}
"""By pattern; one that has more methods stands there again with each. Those with a slash at the end are tried too."""
QUERY = {f"{NAMED}/file": "?path=a", f"{NAMED}/file GET": "?path=a"}


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


def methods_of(path: str) -> set[str]:
    """All methods that the pattern is tried with."""
    return {method for name, (method, _body, _expected) in TABLE.items() if pattern_of(name) == pattern_of(path)}


def pattern_of(name: str) -> str:
    return name.partition(" ")[0]


def address_of(name: str, number: int = 1, public_id: str = "abc123def456") -> str:
    """The row's address: of the workspace of that number, id and name, of its alias, of the template that came with the
    program."""
    path = "/" + pattern_of(name)
    places = {
        "<int:number>": str(number), "<path:rest>": "nowhere/to/be/found", "<str:project_id>": public_id,
        "<int:port>": "5000", "<str:subdomain>": "my-shop",
    }  # fmt: skip
    for place, value in places.items():
        path = path.replace(place, value)
    return path.replace("<str:name>", "default" if "templates" in path else "backend") + QUERY.get(name, "")


@pytest.fixture
def workspace(
    alice: User, bob: User, engine: FakeEngine, code_server: Kind, terminal: Kind, work: Work, volume_of: VolumeOf
) -> Workspace:
    """Alice's, called `backend` and by her program shop/backend; shared with Bob. There is a file `a` in it."""
    workspace = container_start(Actor(alice, "browser"), "shop", "backend").workspace
    work()
    Workspace.objects.filter(pk=workspace.pk).update(name="backend")
    Share.objects.create(workspace=workspace, user=bob)
    Alias.objects.create(workspace=workspace, subdomain="my-shop", port=5000)
    (volume_of(workspace) / "a").write_text("here")
    return workspace


@pytest.fixture
def callers(alice: User, bob: User, charlie: User, root: User) -> dict[str, Call]:
    locked_out = User.objects.create_user("locked@example.org", "locked")
    locked = caller(locked_out)
    User.objects.filter(pk=locked_out.pk).update(is_active=False)
    people = {"owner": alice, "shared": bob, "stranger": charlie, "staff": root, "signed out": None}
    return {name: caller(user) for name, user in people.items()} | {"locked": locked}


def test_every_endpoint_is_in_the_table() -> None:
    plain = [path for path in endpoints() if not path.endswith("/") or path in TABLE]
    assert sorted(plain) == sorted({pattern_of(name) for name in TABLE})


def test_the_dialects_of_other_systems_answer_with_a_slash_at_the_end_as_without() -> None:
    roots = ("api/spaces", "api/templates", "api/nodes", "api/system", "api/audit", "api/v1/containers")
    roots += ("api/projects", "api/config", "api/limits", "api/workspace", "api/workshop")
    patterns = endpoints()
    assert {path for path in patterns if path.endswith("/") and path not in TABLE} == {
        f"{path}/" for path in patterns if path.startswith(roots) and not path.endswith("/")
    }


def who_gets(callers: dict[str, Call], method: str, address: str, body: Any) -> dict[str, int]:
    got = {}
    for name in CALLERS:
        with transaction.atomic():
            got[name] = callers[name](method, address, body).status_code
            transaction.set_rollback(True)  # the next one finds everything as it was
    return got


@pytest.mark.parametrize("name", TABLE)
def test_who_gets_what(name: str, callers: dict[str, Call], workspace: Workspace) -> None:
    method, body, expected = TABLE[name]
    got = who_gets(callers, method, address_of(name, workspace.pk, workspace.public_id), body)
    assert got == dict(zip(CALLERS, expected, strict=True))


@pytest.mark.parametrize("name", [name for name in TABLE if f"{pattern_of(name)}/" in endpoints()])
def test_who_gets_what_with_a_slash_at_the_end(name: str, callers: dict[str, Call], workspace: Workspace) -> None:
    method, body, expected = TABLE[name]
    path, mark, query = address_of(name, workspace.pk, workspace.public_id).partition("?")
    assert who_gets(callers, method, f"{path}/{mark}{query}", body) == dict(zip(CALLERS, expected, strict=True))


@pytest.mark.parametrize("name", [name for name, (_m, _b, expected) in TABLE.items() if 401 in expected])
def test_a_token_that_does_not_hold_is_never_as_good_as_none(name: str, as_nobody: Call) -> None:
    method, body, _expected = TABLE[name]
    answer = as_nobody(method, address_of(name), body, authorization="Bearer sp_guessed")
    assert answer.status_code == 401
    said = answer.json()
    assert (said.get("code") or said["error"]) in ("TOKEN_INVALID", "Unauthorized")


@pytest.mark.parametrize("name", TABLE)
def test_another_method_is_refused_and_changes_nothing(name: str, as_alice: Call, workspace: Workspace) -> None:
    for method in {"get", "post", "put", "patch", "delete"} - methods_of(name):
        answer = as_alice(method, address_of(name, workspace.pk, workspace.public_id), {})
        assert answer.status_code in ({404} if "rest" in name else {302, 405})
    assert Workspace.objects.get().state == "running"


@pytest.mark.parametrize("path", ["/api/v1/spaces/list", "/api/spaces", "/api/projects/"])
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
def test_every_form_of_credential_is_taken(path: str, credential: dict[str, Any], client: Any, alice: User) -> None:
    token = token_of(alice)
    if "cookie" in credential:
        client.cookies["auth_token"] = token
        credential = {}
    filled = {
        place: {name: value.replace("TOKEN", token) for name, value in values.items()}
        for place, values in credential.items()
    }
    assert client.get(path, **filled).status_code == 200


def test_a_credential_in_the_body_is_taken_and_is_no_part_of_it(client: Any, alice: User, workspace: Workspace) -> None:
    for path, body in (("/api/v1/containers/status", BACKEND), ("/api/spaces/backend/exec", {"command": "true"})):
        token = {"authorization": token_of(alice)}
        assert client.post(path, body | token, content_type="application/json").status_code == 200
        assert client.post(path, body, content_type="application/json").status_code == 401


def test_in_a_large_body_no_credential_is_looked_for(client: Any, alice: User, workspace: Workspace) -> None:
    body = BACKEND | {"files": {"a": "x" * 2_000_000}, "authorization": token_of(alice)}
    path = "/api/v1/containers/sync"
    assert client.post(path, body, content_type="application/json").status_code == 401
    token = {"authorization": token_of(alice)}
    assert client.post(path, body, content_type="application/json", headers=token).status_code == 200
