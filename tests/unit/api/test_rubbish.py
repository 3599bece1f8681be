"""Whatever is sent, the answer is JSON, says whose mistake it was, and is never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests.files_fixtures import VolumeOf
from tests.unit.api.conftest import Call, token_of
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import ExecResult
from workspaces.models import ContainerKey, Kind, Operation, Workspace

JSON = "application/json"
BODIES = {
    "v1/spaces/create": "post",
    "v1/spaces/1/favorite": "post",
    "v1/users/send": "post",
    "v1/users/signup": "post",
    "v1/users/login": "post",
    "v1/users/signout": "post",
    "v1/users/update": "put",
    "v1/containers/exec": "post",
    "v1/containers/status": "post",
    "v1/containers/start": "post",
    "v1/containers/stop": "post",
    "v1/containers/sync": "post",
    "v1/containers/vscode-theme": "post",
    "spaces": "post",
    "spaces/lab/exec": "post",
    "spaces/lab/file?path=a": "put",
    "spaces/lab/git/push": "post",
    "templates": "put",
    "projects/create": "post",
    "projects/labx00000001": "delete",
    "projects/labx00000001/start": "post",
    "projects/labx00000001/stop": "post",
    "projects/labx00000001/clone": "post",
    "projects/labx00000001/notes": "put",
    "projects/labx00000001/name": "put",
    "projects/labx00000001/group": "put",
    "projects/labx00000001/password": "put",
    "projects/labx00000001/ports/5000": "put",
    "projects/labx00000001/aliases": "post",
    "projects/labx00000001/aliases/my-shop": "put",
    "workshop/claim": "post",
    "workshop/claims/labx00000001/release": "post",
}
"""Endpoints that read a body."""
MALFORMED = [
    b"{",
    b"{'type': 'code-server'}",
    b'{"type": "code-server"} and more',
    b"\xff\xfe\x00",
    b"\x00",
    b'{"type": NaN}',
    b'{"type": "\xc3\x28"}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"9" * 5000,
    b'"' + b"x" * 100_000,
]
MISTYPED: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, "", "text", [], [1], [[]], [{}], {"nested": {"deep": [1, {"er": None}]}},
    "x" * 100_000, "\x00", "a\x00b", "\ud83d\ude00", "\u202e", {"$ne": ""}, "'; DROP TABLE workspaces_workspace; --",
]  # fmt: skip

FIELDS = (
    "type", "password", "name", "is_favorite", "email", "username", "code", "verificationCode",
    "projectId", "workspaceId", "command", "files", "clean", "theme",
    "memory", "cpus", "gpu", "image", "template", "env", "envFileText", "envFileBase64", "envFilePath",
    "repoUrl", "repoBranch", "repoDest", "contentBase64", "repoPath", "remote", "branch", "token", "yaml",
)  # fmt: skip
PROJECT_FIELDS = (
    "projectName", "projectType", "name", "type", "passwordProtected", "password", "createGitRepo", "proxyMode",
    "useProxy", "memoryLimit", "cpuCores", "group", "gitUrl", "gitUsername", "gitToken", "notes", "currentPassword",
    "newPassword", "removePassword", "count", "sourcePassword", "audience", "subdomain", "port", "authProtected",
    "authUsername", "authPassword",
)  # fmt: skip
FILLED: dict[str, dict[str, Any]] = {
    "v1/spaces/create": {"type": "code-server"},
    "v1/containers/start": {"projectId": "shop", "workspaceId": "backend"},
    "spaces": {"name": "new"},
    "projects/create": {"projectName": "new", "projectType": "empty"},
    "projects/labx00000001/clone": {"count": 1},
}
"""What makes a workspace of somebody's, unless a field beside it is in the way."""

pytestmark = pytest.mark.usefixtures("engine", "code_server", "terminal")


def fields_of(path: str) -> tuple[str, ...]:
    return PROJECT_FIELDS if path.startswith("projects") else FIELDS


def documented_fields(path: str) -> list[str]:
    """The fields that the endpoint reads, as the OpenAPI document has them."""
    document = SchemaGenerator().get_schema(public=True)
    operation = document["paths"]["/api/" + path.replace("labx00000001", "{project_id}")][BODIES[path]]
    name = operation["requestBody"]["content"][JSON]["schema"]["$ref"].rpartition("/")[2]
    return list(document["components"]["schemas"][name]["properties"])


@pytest.fixture
def send(
    root: User,
    make_workspace: MakeWorkspace,
    volume_of: VolumeOf,
    engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> Call:
    """`send(path, raw body, content type)` as Root, who has a space `lab` without a repository."""
    client, token = Client(raise_request_exception=False), token_of(root)
    engine.programs["python3"] = lambda argv, stdin: ExecResult(b'{"error": "NO_FOLDER"}\n', b"", 0)
    with monkeypatch.context() as patch:
        patch.setattr("workspaces.services.create.new_public_id", lambda: "labx00000001")
        make_workspace(root, name="lab")

    def send(path: str, body: bytes, content_type: str = JSON, **headers: str) -> Any:
        method = (BODIES.get(path) or BODIES[f"{path}?path=a"]).upper()
        return client.generic(method, f"/api/{path}", body, content_type, headers={"authorization": token} | headers)

    return send


def is_fine(answer: Any) -> bool:
    """JSON, and the caller's mistake at worst; 503 only where the text says what is away."""
    json.loads(answer.content)
    return answer.headers["Content-Type"] == JSON and answer.status_code < 500


@pytest.mark.parametrize("path", BODIES)
def test_a_body_that_is_no_json_is_400(path: str, send: Call) -> None:
    for body in MALFORMED:
        answer = send(path, body)
        assert is_fine(answer), body[:40]
        if path == "v1/users/signout":  # the header has said all that it needs, the first time
            assert answer.status_code in (200, 401)
            continue
        assert answer.status_code == 400, body[:40]
        assert answer.json()["error"] and answer.json().get("success", False) is False, body[:40]


@pytest.mark.parametrize("path", BODIES)
def test_a_body_of_another_type_is_told_so_field_by_field(path: str, send: Call) -> None:
    for value in MISTYPED:
        assert is_fine(send(path, json.dumps(dict.fromkeys(fields_of(path), value)).encode())), value


@pytest.mark.parametrize("path", FILLED)
def test_a_field_of_another_type_beside_good_ones_is_told_so(path: str, send: Call) -> None:
    Workspace.objects.update(name="other")
    for field in [*documented_fields(path), "unheard-of"]:
        for value in MISTYPED:
            answer = send(path, json.dumps(FILLED[path] | {field: value}).encode(), prefer="respond-async")
            assert is_fine(answer), (field, value)
            if answer.status_code in (200, 201):
                ContainerKey.objects.all().delete()
                Operation.objects.all().delete()
                Workspace.objects.exclude(name="other").delete()


@pytest.mark.parametrize("path", BODIES)
def test_a_body_that_is_no_object_is_refused(path: str, send: Call) -> None:
    for value in MISTYPED:
        assert is_fine(send(path, json.dumps(value).encode())), value


@pytest.mark.parametrize("field", ["type", "password", "name"])
@pytest.mark.parametrize("value", MISTYPED, ids=range(len(MISTYPED)))
def test_creating_with_rubbish_leaves_nothing_behind_or_something_sensible(field: str, value: Any, send: Call) -> None:
    answer = send("v1/spaces/create", json.dumps({"type": "code-server", field: value}).encode())
    assert is_fine(answer)
    assert Workspace.objects.exclude(name="lab").exists() == (answer.status_code == 201)
    for workspace in Workspace.objects.all():
        assert 1 <= len(workspace.name) <= 100 and "\x00" not in workspace.name


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain", "text/xml", "multipart/form-data", "multipart/form-data; boundary=x", "application/octet-stream",
        "application/json; charset=nonsense", "application/json; charset=hex", "application/json; charset=utf-7",
        "application/x-www-form-urlencoded; charset=hex", "application/x-www-form-urlencoded", "nonsense", "", "/",
        "a/b/c",
    ],
)  # fmt: skip
def test_another_content_type_is_refused_or_read(content_type: str, send: Call) -> None:
    for path in BODIES:
        path = path.partition("?")[0]  # with a query Django's test client fails at some, where its ASGI side does not
        assert is_fine(send(path, b'{"type": "code-server"}', content_type)), path


def test_a_form_is_read_like_json(send: Call) -> None:
    assert send("v1/spaces/create", b"type=code-server", "application/x-www-form-urlencoded").status_code == 201


def test_too_many_fields_and_too_large_a_body_are_refused(send: Call) -> None:
    many = "&".join(f"f{number}=1" for number in range(2000)).encode()
    assert send("v1/spaces/create", many, "application/x-www-form-urlencoded").status_code == 400
    large = send("v1/spaces/create", b'{"type": "' + b"x" * 2_000_000 + b'"}')
    assert (large.status_code, large.json()["error"]) == (413, "TOO_LARGE")


@pytest.mark.parametrize("path", ["v1/containers/sync", "v1/containers/start", "spaces", "spaces/lab/file?path=a"])
def test_a_large_body_that_is_no_few_long_texts_is_not_even_read(path: str, send: Call) -> None:
    for piece in (b"[],", b"{},", b'"",', b'"\\",', b'"\\"",'):
        answer = send(path, b'{"files": [' + piece * 150_000 + b"[]]}")
        assert (answer.status_code, answer.json().get("code", answer.json()["error"])) == (400, "MALFORMED_BODY")
    text = json.dumps({"projectId": "a" * 201, "name": "a b", "contentBase64": 1, "files": {"a": "[],{}" * 90_000}})
    answer = send(path, text.encode())
    assert answer.status_code == 400 and b"MALFORMED_BODY" not in answer.content


NUMBERS = ["0", "2147483648", "9223372036854775807", "9223372036854775808", "99999999999999999999", "9" * 400]


@pytest.mark.parametrize("number", NUMBERS, ids=len)
@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "status/{}"), ("post", "start/{}"), ("post", "stop/{}"), ("delete", "delete/{}"), ("post", "{}/favorite")],
)
def test_a_number_that_no_space_has_is_404(method: str, path: str, number: str, as_alice: Call) -> None:
    answer = as_alice(method, f"/api/v1/spaces/{path.format(number)}")
    assert (answer.status_code, answer.json()["success"]) == (404, False)


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/nowhere", "/v1", "/v1/", "/v2/spaces/list", "/v1/spaces", "/v1/spaces/list/",
        "/v1/spaces/status/abc",
        "/v1/spaces/status/-1", "/v1/spaces/status/1.5", "/v1/spaces/status/%31%00", "/v1/spaces/status/١", "/%00",
        "/..",
        "/v1/../../admin/", "/%2e%2e/%2e%2e/etc/passwd", "/" + "x" * 5000, "/v1/users/%F0%9F%98%80", "/%ff", "/health/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_an_address_that_nobody_serves_is_404_in_json(method: str, path: str, as_alice: Call) -> None:
    answer = as_alice(method, f"/api{path}")
    if path in ("", "/"):  # on to the page that lists what there is
        assert answer.status_code in (301, 302, 405)
        return
    assert answer.status_code == 404, answer.content
    assert answer.headers["Content-Type"] == JSON and answer.json()


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "x" * 10_000}, {"authorization": "Bearer"}, {"authorization": "Bearer  "},
        {"authorization": "Basic YTpi"}, {"authorization": "\xff\xfe"}, {"accept": "text/html"}, {"accept": "nonsense"},
        {"accept": "*/*;q=x"}, {"prefer": "\xff"}, {"x-request-id": "\n"}, {"accept-language": "x" * 5000},
        {"cookie": "auth_token=\xff; spaces_session=\x01; =;;"}, {"origin": "null"}, {"content-length": "abc"},
        {"content-length": "-1"}, {"content-length": "99999999999999999999999"}, {"x-forwarded-for": "rubbish"},
    ],
)  # fmt: skip
def test_headers_of_rubbish_break_nothing(headers: dict[str, str], send: Call) -> None:
    for path in ("v1/spaces/create", "v1/users/send", "v1/containers/status", "spaces/lab/exec", "projects/create"):
        assert is_fine(send(path, b'{"type": "code-server"}', **headers))


@pytest.mark.parametrize(
    "query",
    ["&".join(["a=1"] * 2000), "key=%00", "key=" + "x" * 10_000, "format=xml", "key=%ff%fe", "&&&===", "key[]=1"],
)
def test_queries_of_rubbish_break_nothing(query: str, as_nobody: Call) -> None:
    answer = as_nobody("get", f"/api/v1/spaces/list?{query}")
    assert is_fine(answer) and answer.status_code in (400, 401, 404)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(sorted(BODIES)),
    body=st.dictionaries(st.sampled_from([*FIELDS, *PROJECT_FIELDS, "authorization"]), ANYTHING, max_size=5) | ANYTHING,
)
def test_any_json_whatever_is_answered(path: str, body: Any, send: Call, engine: FakeEngine, code_server: Kind) -> None:
    assert is_fine(send(path, json.dumps(body).encode()))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(sorted(BODIES)), body=st.binary(max_size=200))
def test_any_bytes_whatever_are_answered(path: str, body: bytes, send: Call) -> None:
    assert is_fine(send(path, body))
