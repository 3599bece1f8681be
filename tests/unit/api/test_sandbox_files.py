"""Files of a space over the API: base64 both ways, byte for byte, and never outside of /workspace."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from tests.files_fixtures import VolumeOf
from tests.unit.api.conftest import Call
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.models import Workspace
from workspaces.services import workspace_pause, workspace_stop

FILE, FILES = "/api/spaces/lab/file", "/api/spaces/lab/files"


@pytest.fixture
def folder(make_workspace: MakeWorkspace, alice: User, volume_of: VolumeOf) -> Path:
    """/workspace of Alice's space `lab`."""
    return volume_of(make_workspace(alice, name="lab"))


def put(call: Call, path: str, content: bytes) -> Any:
    return call("put", f"{FILE}?path={quote(path)}", {"contentBase64": base64.b64encode(content).decode()})


@pytest.mark.parametrize("content", [b"", b"hi\n", b"\0\xff\r\n", bytes(range(256)) * 3 * 4096], ids=len)
def test_a_file_comes_back_as_it_was_written(content: bytes, as_alice: Call, folder: Path) -> None:
    answer = put(as_alice, "/deep/er/file.bin", content)
    assert (answer.status_code, answer.json()) == (200, {"message": "OK"})
    assert (folder / "deep/er/file.bin").read_bytes() == content
    answer = as_alice("get", f"{FILE}?path=/deep/er/file.bin&maxBytes=99999999")
    assert answer.status_code == 200
    assert answer.json() == {
        "path": "/deep/er/file.bin",
        "contentBase64": base64.b64encode(content).decode(),
        "truncated": False,
    }


def test_of_a_long_file_the_beginning_is_shown(as_alice: Call, folder: Path) -> None:
    (folder / "long").write_bytes(b"x" * 300_000)
    body = as_alice("get", f"{FILE}?path=long").json()
    assert (len(base64.b64decode(body["contentBase64"])), body["truncated"]) == (262_144, True)
    body = as_alice("get", f"{FILE}?path=long&maxBytes=5").json()
    assert (body["contentBase64"], body["truncated"]) == (base64.b64encode(b"xxxxx").decode(), True)
    assert as_alice("get", f"{FILE}?path=long&maxBytes=300000").json()["truncated"] is False


def test_many_mib_survive_the_round_trip(as_alice: Call, folder: Path) -> None:
    content = os.urandom(12 * 1024**2)
    assert put(as_alice, "large", content).status_code == 200
    body = as_alice("get", f"{FILE}?path=large&maxBytes={len(content)}").json()
    assert base64.b64decode(body["contentBase64"]) == content


def test_a_body_that_is_too_large_is_told_so(as_alice: Call, folder: Path) -> None:
    answer = as_alice("put", f"{FILE}?path=large", {"contentBase64": "A" * 33 * 1024**2})
    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")
    assert not list(folder.iterdir())


def test_a_folder_lists_its_entries_by_name(as_alice: Call, folder: Path) -> None:
    (folder / "src").mkdir()
    (folder / "src/b.txt").write_bytes(b"bb")
    (folder / "src/a").mkdir()
    (folder / "src/link").symlink_to("b.txt")
    os.mkfifo(folder / "src/pipe")
    os.utime(folder / "src/b.txt", (1_700_000_000, 1_700_000_000))
    body = as_alice("get", f"{FILES}?path=/src").json()
    assert body["path"] == "/src"
    assert [(entry["name"], entry["path"], entry["type"]) for entry in body["entries"]] == [
        ("a", "/src/a", "dir"),
        ("b.txt", "/src/b.txt", "file"),
        ("link", "/src/link", "symlink"),
        ("pipe", "/src/pipe", "other"),
    ]
    assert body["entries"][1] == {
        "name": "b.txt",
        "path": "/src/b.txt",
        "type": "file",
        "size": 2,
        "mtimeMs": 1_700_000_000_000,
    }


@pytest.mark.parametrize("query", ["", "?path=", "?path=/", "?path=.", "?path=%2F%2F"])
def test_the_root_is_slash(query: str, as_alice: Call, folder: Path) -> None:
    assert as_alice("get", f"{FILES}{query}").json() == {"path": "/", "entries": []}


@pytest.mark.parametrize("name", ["with space", "grüße.txt", "🦊", "a&b=c", "50%", "plus+", "new\nline", "q'\"", "?#"])
def test_any_name_is_addressed_by_its_quoted_path(name: str, as_alice: Call, folder: Path) -> None:
    assert put(as_alice, name, b"here").status_code == 200
    assert (folder / name).read_bytes() == b"here"
    (entry,) = as_alice("get", FILES).json()["entries"]
    assert (entry["name"], entry["path"]) == (name, f"/{name}")
    assert as_alice("get", f"{FILE}?path={quote(name)}").status_code == 200


def test_a_name_that_is_no_utf8_breaks_no_list_and_can_be_read(as_alice: Call, folder: Path) -> None:
    (folder / os.fsdecode(b"\xff raw")).write_bytes(b"here")
    answer = as_alice("get", FILES)
    assert answer.status_code == 200 and answer.json()["entries"][0]["name"] == "\ufffd raw"
    assert as_alice("get", f"{FILE}?path=%FF%20raw").json()["contentBase64"] == base64.b64encode(b"here").decode()


@pytest.mark.parametrize("path", ["../secret", "/../secret", "a/../../secret", "out", "out/secret", "away/secret"])
def test_no_path_leads_outside(path: str, as_alice: Call, folder: Path) -> None:
    outside = folder.parent / "secret"
    outside.write_bytes(b"secret")
    (folder / "out").symlink_to("..")
    (folder / "away").symlink_to(folder.parent)
    for answer in (as_alice("get", f"{FILE}?path={path}"), put(as_alice, path, b"changed")):
        assert answer.status_code in (400, 404, 409) and "error" in answer.json()
    assert as_alice("get", f"{FILES}?path={path}").status_code in (400, 404, 409)
    assert outside.read_bytes() == b"secret"


def test_what_is_missing_is_told_in_the_old_words(as_alice: Call, folder: Path) -> None:
    for answer in (as_alice("get", FILE), put(as_alice, "", b"")):
        assert (answer.status_code, answer.json()["error"]) == (400, "path required")
    for body in ({}, {"contentBase64": None}):
        answer = as_alice("put", f"{FILE}?path=a", body)
        assert (answer.status_code, answer.json()["error"]) == (400, "contentBase64 required")
    for content in ("*", 3, ["aGkK"], "aGk"):
        answer = as_alice("put", f"{FILE}?path=a", {"contentBase64": content})
        assert (answer.status_code, answer.json()["error"]) == (400, "contentBase64 is not valid base64")
    for most in ("x", "-1", "1.5"):
        assert as_alice("get", f"{FILE}?path=a&maxBytes={most}").status_code == 400
    answer = as_alice("get", f"{FILE}?path=nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "FILE_NOT_FOUND")
    assert as_alice("get", f"{FILES}?path=nothing").status_code == 404
    assert as_alice("get", f"{FILE}?path=/").status_code == 409
    assert not list(folder.iterdir())


@pytest.mark.parametrize("rest", [workspace_pause, workspace_stop])
def test_files_are_there_whether_it_runs_or_not_and_reading_wakes_nothing(
    rest: Any, as_alice: Call, alice: User, folder: Path, work: Work
) -> None:
    rest(Actor(alice, "browser"), Workspace.objects.get())
    work()
    state = Workspace.objects.get().state
    assert put(as_alice, "a", b"1").status_code == 200
    before = (AuditEvent.objects.count(), Workspace.objects.get().last_activity_at)
    assert as_alice("get", f"{FILE}?path=a").status_code == 200 and as_alice("get", FILES).status_code == 200
    assert (AuditEvent.objects.count(), Workspace.objects.get().last_activity_at) == before
    assert Workspace.objects.get().state == state
    assert AuditEvent.objects.get(action="file.write").meta["path"] == "a"
