"""Files on a workspace's own page: who may, what comes and goes, and how it is refused."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import AuditEvent, User
from tests.files_fixtures import VolumeOf
from tests.unit.workspaces.gateway.conftest import PAGE, PASSWORD, Answer, Key, ask, target_of
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.gateway import sent
from workspaces.gateway.authorise import authorise_forget
from workspaces.gateway.sessions import session_open
from workspaces.models import Operation, Share, Workspace
from workspaces.states import State

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = {"accept": "*/*", "sec-fetch-mode": "cors", "sec-fetch-site": "same-origin"}
ADDRESSES = (("GET", "files"), ("GET", "files/download?path=a.txt"), ("POST", "files/upload?path=b.txt"))


@pytest.fixture
def volume(volume_of: VolumeOf, workspace: Workspace) -> Path:
    folder = volume_of(workspace)
    (folder / "docs").mkdir()
    (folder / "a.txt").write_text("here")
    (folder / "docs" / "grüße.txt").write_text("hello")
    return folder


@pytest.fixture
def key(workspace: Workspace, alice: User, cookie_of: Key) -> str:
    return cookie_of(workspace, alice)


async def get(workspace: Workspace, path: str, key: str, **headers: str) -> Answer:
    return await ask(target_of(workspace), f"/_spaces/{path}", key=key, headers=SCRIPT | headers)


async def send(workspace: Workspace, path: str, key: str, body: bytes, **headers: str) -> Answer:
    where = f"/_spaces/files/upload?{path}"
    return await ask(target_of(workspace), where, method="POST", key=key, body=body, headers=SCRIPT | headers)


def said(answer: Answer) -> Any:
    return json.loads(answer.text)


def written(workspace: Workspace) -> list[tuple[str, str, dict[str, Any]]]:
    found = AuditEvent.objects.filter(workspace=workspace.public_id, action__startswith="file.").order_by("pk")
    return [(event.action, event.actor_name, event.meta) for event in found]


async def test_a_folder_is_listed(workspace: Workspace, volume: Path, key: str) -> None:
    (volume / "to-docs").symlink_to("docs")
    (volume / "to-nothing").symlink_to("nowhere")
    os.mkfifo(volume / "pipe")
    found = said(await get(workspace, "files", key))
    assert (found["path"], found["cut"]) == ("", False)
    assert [(one["name"], one["path"], one["type"]) for one in found["entries"]] == [
        ("a.txt", "a.txt", "file"), ("docs", "docs", "dir"), ("to-docs", "to-docs", "dir"),
    ]  # fmt: skip
    assert found["entries"][0]["size"] == 4
    assert found["entries"][0]["modified"].startswith(timezone.now().strftime("%Y-"))
    below = said(await get(workspace, "files?path=docs", key))
    assert [(one["name"], one["path"]) for one in below["entries"]] == [("grüße.txt", "docs/grüße.txt")]
    assert said(await get(workspace, "files?path=/docs/", key))["entries"] == below["entries"]


async def test_a_name_that_is_no_text_is_reached_by_its_query(workspace: Workspace, volume: Path, key: str) -> None:
    (Path(os.fsdecode(os.fsencode(volume) + b"/\xff"))).write_text("raw")
    entry = next(one for one in said(await get(workspace, "files", key))["entries"] if one["name"] == "\ufffd")
    assert (await get(workspace, f"files/download?{entry['query']}", key)).body == b"raw"


async def test_a_file_comes_as_it_is_and_as_nothing_that_a_browser_would_show(
    workspace: Workspace, volume: Path, key: str
) -> None:
    content = os.urandom(2**20 + 1)
    (volume / "docs" / "page.html").write_bytes(content)
    answer = await get(workspace, "files/download?path=docs/page.html", key)
    assert (answer.status, answer.body) == (200, content)
    assert answer.get("content-length") == str(len(content))
    assert answer.get("content-type") == "application/octet-stream"
    assert answer.get("content-disposition") == 'attachment; filename="page.html"'
    assert answer.get("content-security-policy").startswith("sandbox")
    assert (answer.get("x-content-type-options"), answer.get("cache-control")) == ("nosniff", "no-store")


@pytest.mark.parametrize(("path", "names"), [("docs", {"docs/", "docs/grüße.txt"}), ("", {"a.txt", "docs/grüße.txt"})])
async def test_a_folder_comes_as_a_zip(
    workspace: Workspace, volume: Path, key: str, path: str, names: set[str]
) -> None:
    answer = await get(workspace, f"files/download?path={path}", key)
    assert answer.status == 200 and ".zip" in answer.get("content-disposition")
    assert names <= {name.removeprefix("workspace/") for name in zipfile.ZipFile(io.BytesIO(answer.body)).namelist()}


async def test_a_file_is_sent_and_written_down_as_the_visitors(workspace: Workspace, volume: Path, key: str) -> None:
    before = (await Workspace.objects.aget()).last_activity_at
    content = os.urandom(3 * 2**20)
    answer = await send(workspace, "path=new/deep/part.bin", key, content)
    assert (answer.status, said(answer)["path"], said(answer)["size"]) == (201, "new/deep/part.bin", len(content))
    assert (volume / "new/deep/part.bin").read_bytes() == content
    events = await sync_to_async(written)(workspace)
    assert events == [("file.write", "alice@example.org", {"path": "new/deep/part.bin", "size": len(content)})]
    assert (await Workspace.objects.aget()).last_activity_at > before


async def test_one_that_is_there_is_replaced_only_on_request(workspace: Workspace, volume: Path, key: str) -> None:
    refused = await send(workspace, "path=a.txt", key, b"new")
    assert (refused.status, said(refused)["code"]) == (409, "FILE_EXISTS")
    assert "a.txt" in said(refused)["message"]
    assert (volume / "a.txt").read_text() == "here"
    assert (await send(workspace, "path=a.txt&replace=1", key, b"new")).status == 201
    assert (volume / "a.txt").read_text() == "new"
    assert (await send(workspace, "path=a.txt&replace=1", key, b"new")).status == 201


async def test_whether_a_file_could_be_sent_is_said_beforehand(
    workspace: Workspace, volume: Path, key: str, settings: Any
) -> None:
    settings.FILE_SIZE_LIMIT_MB = 1
    assert (await send(workspace, "path=b.txt&check=10", key, b"")).status == 204
    assert said(await send(workspace, "path=a.txt&check=10", key, b""))["code"] == "FILE_EXISTS"
    assert said(await send(workspace, f"path=b.txt&check={2**21}", key, b""))["code"] == "TOO_LARGE"
    assert not (volume / "b.txt").exists()


async def test_one_that_is_too_large_is_refused_and_leaves_nothing(
    workspace: Workspace, volume: Path, key: str, settings: Any
) -> None:
    settings.FILE_SIZE_LIMIT_MB = 1
    for headers in ({}, {"content-length": "", "transfer-encoding": "chunked"}):
        answer = await send(workspace, "path=big", key, bytes(2**20 + 1), **headers)
        assert (answer.status, said(answer)["code"]) == (400, "TOO_LARGE")
    assert sorted(path.name for path in volume.iterdir()) == ["a.txt", "docs"]


@pytest.mark.parametrize(
    ("path", "code"),
    [("../up", "PATH_OUTSIDE"), ("docs/../../up", "PATH_OUTSIDE"), ("", "IS_A_FOLDER"), ("a%00b", "PATH_INVALID"),
     ("a.txt/b", "NOT_A_FOLDER"), ("docs", "IS_A_FOLDER")],
)  # fmt: skip
async def test_no_way_leads_out_or_to_what_is_no_file(
    workspace: Workspace, volume: Path, key: str, path: str, code: str
) -> None:
    answer = await send(workspace, f"path={path}&replace=1", key, b"x")
    assert 400 <= answer.status < 500 and said(answer)["code"] == code


async def test_what_is_not_there_is_said_in_json_to_scripts_and_on_a_page_to_people(
    workspace: Workspace, volume: Path, key: str
) -> None:
    for path in ("files?path=gone", "files/download?path=gone"):
        answer = await get(workspace, path, key)
        assert (answer.status, said(answer)["code"]) == (404, "FILE_NOT_FOUND")
    page = await ask(target_of(workspace), "/_spaces/files/download?path=gone", key=key, headers=PAGE)
    assert page.status == 404 and "text/html" in page.get("content-type")


@pytest.mark.parametrize("state", [State.STOPPED, State.PAUSED, State.ERROR])
async def test_they_are_there_while_it_sleeps_and_do_not_wake_it(
    workspace: Workspace, volume: Path, key: str, state: State
) -> None:
    await Workspace.objects.aupdate(state=state)
    authorise_forget(workspace.public_id)
    operations = await Operation.objects.acount()
    assert (await get(workspace, "files", key)).status == 200
    assert (await get(workspace, "files/download?path=a.txt", key)).body == b"here"
    assert (await send(workspace, "path=b.txt", key, b"x")).status == 201
    assert (await Workspace.objects.aget()).state == state
    assert await Operation.objects.acount() == operations


async def test_looking_at_files_is_no_use(workspace: Workspace, volume: Path, key: str) -> None:
    before = (await Workspace.objects.aget()).last_activity_at
    await get(workspace, "files", key)
    await get(workspace, "files/download?path=a.txt", key)
    assert (await Workspace.objects.aget()).last_activity_at == before


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:8000", "http://sibling.localhost:8000"])
async def test_no_other_page_sends_a_file(workspace: Workspace, volume: Path, key: str, origin: str) -> None:
    answer = await send(workspace, "path=b.txt", key, b"x", origin=origin)
    assert (answer.status, said(answer)["code"]) == (403, "ORIGIN_REFUSED")
    assert not (volume / "b.txt").exists()


@pytest.fixture
def workspace_with_password(make_workspace: MakeWorkspace, alice: User) -> Workspace:
    return make_workspace(alice, name="Guarded", password=PASSWORD)


async def test_for_who_may_not_work_in_it_there_is_no_such_address(
    workspace_with_password: Workspace, volume: Path, bob: User, charlie: User, cookie_of: Key
) -> None:
    """A guest by the password, a viewer, a stranger; and nobody says what is there."""
    workspace = workspace_with_password
    await Share.objects.acreate(workspace=workspace, user=bob, role=Share.Role.VIEWER)
    by_password = await sync_to_async(session_open)(workspace, workspace.public_id)
    as_bob, as_charlie = [await sync_to_async(cookie_of)(workspace, person) for person in (bob, charlie)]
    for method, path in ADDRESSES:
        for key in (by_password, as_bob, as_charlie):
            got = await ask(target_of(workspace), f"/_spaces/{path}", method=method, key=key, headers=SCRIPT)
            missing = await ask(target_of(workspace), "/_spaces/nothing", method=method, key=key, headers=SCRIPT)
            assert got.status == missing.status == 404
            if key == by_password:
                assert got.body == missing.body
        nobody = await ask(target_of(workspace), f"/_spaces/{path}", method=method, headers=SCRIPT)
        assert nobody.status == 401


async def test_nor_is_there_at_a_port_of_it(workspace: Workspace, volume: Path, alice: User, cookie_of: Key) -> None:
    key = await sync_to_async(cookie_of)(workspace, alice, 3000)
    for method, path in ADDRESSES:
        answer = await ask(target_of(workspace, 3000), f"/_spaces/{path}", method=method, key=key, headers=SCRIPT)
        assert (answer.status, said(answer)["code"]) == (404, "NOT_FOUND")


async def test_an_editor_and_a_seats_guest_may(
    workspace: Workspace, volume: Path, bob: User, guest: User, cookie_of: Key
) -> None:
    for person in (bob, guest):
        await Share.objects.acreate(workspace=workspace, user=person, role=Share.Role.EDITOR)
        key = await sync_to_async(cookie_of)(workspace, person)
        assert (await get(workspace, "files", key)).status == 200
        assert (await send(workspace, f"path={person.pk}.txt", key, b"x")).status == 201
    assert [who for _action, who, _meta in await sync_to_async(written)(workspace)] == [bob.email, guest.email]


async def test_who_leaves_before_the_end_leaves_nothing(workspace: Workspace, volume: Path, key: str) -> None:
    messages = iter([{"type": "http.request", "body": b"part", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(messages)

    body = sent.Sent(receive)
    with pytest.raises(sent.BodyGone):
        [piece async for piece in body.pieces()]
    await body.drain()  # nothing is to come any more
