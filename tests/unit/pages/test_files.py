"""The pages of a workspace's files, without a script."""

from __future__ import annotations

import asyncio
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient

from accounts.models import User
from tests.files_fixtures import VolumeOf
from tests.unit.pages.conftest import Browser
from tests.unit.pages.page import Page
from workspaces.engine.fake import FakeEngine
from workspaces.models import Workspace
from workspaces.states import State

Put = Callable[..., Workspace]
READS = ("", "text", "rename", "delete", "download", "archive")
WRITES = ("text", "new", "rename", "delete", "archive", "upload")
HARD_NAMES = ["<b>&amp;'\"", "new\nline", "a b+c%41?#", "grüße 🦊", "-rf", os.fsdecode(b"\xff raw")]


@pytest.fixture
def workspace(put: Put, alice: User, engine: FakeEngine) -> Workspace:
    made = put(alice, "Lab", State.STOPPED)
    engine.volume_files[made.engine_name] = {}
    return made


@pytest.fixture
def volume(volume_of: VolumeOf, workspace: Workspace) -> Path:
    return volume_of(workspace)


@pytest.fixture
def at(workspace: Workspace) -> Callable[..., str]:
    """`at("rename", "d/f")`: the address of that view on that path."""

    def address(view: str = "", path: str = "", **more: str) -> str:
        query = [f"path={quote(os.fsencode(path))}"] if path else []
        query += [f"{name}={value}" for name, value in more.items()]
        return f"/workspaces/{workspace.public_id}/files/{view}" + (f"?{'&'.join(query)}" if query else "")

    return address


At = Callable[..., str]


def rows(page: Page) -> list[str]:
    """Names of the entries, in the order in which they stand."""
    return [label["aria-label"].removeprefix("Select ") for label in page.all("input", name="entry", form="selection")]


def streamed(response: Any) -> bytes:
    """The whole of an answer that comes piece by piece."""

    async def read() -> bytes:
        return b"".join([piece async for piece in response])

    return asyncio.run(read())


def test_folders_come_first_and_hidden_entries_when_asked_for(
    browser: Browser, alice: User, volume: Path, at: At
) -> None:
    for folder in ("src", "Docs", ".git"):
        (volume / folder).mkdir()
    for file in ("b.txt", "A.txt", ".env"):
        (volume / file).write_bytes(b"")
    page = Page(response := browser(alice).get(at()))
    assert page.problems() == []
    assert rows(page) == ["Docs", "src", "A.txt", "b.txt"]
    assert "Show 2 hidden entries" in response.content.decode()
    assert rows(Page(browser(alice).get(at(hidden="1")))) == [".git", "Docs", "src", ".env", "A.txt", "b.txt"]


def test_an_empty_folder_says_what_to_do(browser: Browser, alice: User, volume: Path, at: At) -> None:
    response = browser(alice).get(at())
    assert Page(response).problems() == []
    assert "Nothing here yet" in response.content.decode()


def test_one_that_is_being_made_is_waited_for(
    browser: Browser, alice: User, volume: Path, workspace: Workspace, at: At
) -> None:
    Workspace.objects.update(state=State.CREATING)
    response = browser(alice).get(at())
    assert (response.status_code, Page(response).problems()) == (200, [])
    assert "being created" in response.content.decode()


def test_long_folders_come_in_pages(browser: Browser, alice: User, volume: Path, at: At) -> None:
    for number in range(201):
        (volume / f"{number:03}").write_bytes(b"")
    assert len(rows(Page(browser(alice).get(at())))) == 200
    assert rows(Page(browser(alice).get(at(page="2")))) == ["200"]


@pytest.mark.parametrize("name", HARD_NAMES)
def test_every_name_can_be_opened_downloaded_renamed_and_deleted(
    name: str, browser: Browser, alice: User, volume: Path, at: At
) -> None:
    client = browser(alice)
    (volume / name).mkdir()
    (volume / name / name).write_bytes(b"content")
    listing = Page(client.get(at()))
    links = [link["href"] for link in listing.all("a") if "/files/?path=" in link["href"]]
    inside = client.get(links[0])
    assert inside.status_code == 200
    text = next(link["href"] for link in Page(inside).all("a") if "/files/text?" in link["href"])
    assert b"content" in client.get(text).content
    assert client.get(at("download", f"{name}/{name}")).headers["Content-Length"] == "7"
    assert client.post(at("rename", f"{name}/{name}"), {"to": "plain"}).status_code == 302
    assert [path.name for path in (volume / name).iterdir()] == ["plain"]
    keys = [box["value"] for box in Page(client.get(at())).all("input", name="entry")]
    page = Page(client.post(at("delete"), {"entry": keys}))
    assert [field["value"] for field in page.all("input", name="entry")] == keys
    assert client.post(at("delete"), {"entry": keys, "sure": "1"}).status_code == 302
    assert list(volume.iterdir()) == []


def test_a_stranger_finds_nothing(browser: Browser, charlie: User, volume: Path, at: At) -> None:
    (volume / "f").write_bytes(b"kept")
    client = browser(charlie)
    assert [client.get(at(read, "f")).status_code for read in READS] == [404] * len(READS)
    fields = {"entry": "f", "sure": "1", "name": "x", "what": "folder", "to": "x", "text": "x"}
    assert [client.post(at(write, "f"), fields).status_code for write in WRITES] == [404] * len(WRITES)
    assert client.put(at("upload", "f", overwrite="1"), b"x").status_code == 404
    assert [(path.name, path.read_bytes()) for path in volume.iterdir()] == [("f", b"kept")]


def test_a_visitor_signs_in_first(browser: Browser, volume: Path, at: At) -> None:
    for read in READS:
        assert browser().get(at(read)).headers["Location"] == f"/sign-in/?next={at(read)}"
    for write in WRITES:
        assert browser().post(at(write)).headers["Location"].startswith("/sign-in/")


def test_without_a_token_nothing_is_changed(browser: Browser, alice: User, volume: Path, at: At) -> None:
    client = browser(alice, enforce_csrf_checks=True)
    assert [client.post(at(write), {"name": "x"}).status_code for write in WRITES] == [403] * len(WRITES)
    assert client.put(at("upload", "f"), b"x").status_code == 403
    assert list(volume.iterdir()) == []


def test_a_path_that_leads_outside_is_refused_with_a_page(browser: Browser, alice: User, volume: Path, at: At) -> None:
    (volume / "out").symlink_to("/etc")
    for view, path in (("", "../.."), ("", "out"), ("text", "out/passwd"), ("download", "out/passwd")):
        response = browser(alice).get(at(view, path))
        assert (response.status_code, Page(response).problems()) == (400, [])
        assert "leads out of the workspace" in response.content.decode()


def test_a_download_is_kept_and_never_shown(browser: Browser, alice: User, volume: Path, at: At) -> None:
    (volume / "page ü.html").write_bytes(b"<script>alert(1)</script>")
    response = browser(alice).get(at("download", "page ü.html"))
    assert streamed(response) == b"<script>alert(1)</script>"
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == "attachment; filename*=utf-8''page%20%C3%BC.html"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert browser(alice).head(at("download", "page ü.html")).headers["Content-Length"] == "25"


def test_chosen_entries_come_as_one_archive(browser: Browser, alice: User, volume: Path, at: At) -> None:
    for name in ("a", "b", "c"):
        (volume / name).write_bytes(name.encode())
    response: Any = browser(alice).post(at("archive"), {"entry": ["a", "c"], "format": "zip"})
    archive = zipfile.ZipFile(io.BytesIO(streamed(response)))
    assert archive.namelist() == ["a", "c"]
    assert 'filename="workspace.zip"' in response.headers["Content-Disposition"]
    assert browser(alice).post(at("archive"), {"format": "zip"}).headers["Location"] == at()


def test_forms_make_folders_and_files(browser: Browser, alice: User, volume: Path, at: At) -> None:
    client = browser(alice)
    assert client.post(at("new"), {"name": "d", "what": "folder"}).headers["Location"] == at("", "d")
    assert client.post(at("new", "d"), {"name": "f", "what": "file"}).headers["Location"] == at("text", "d/f")
    assert (volume / "d/f").read_bytes() == b""
    for name, what, words in (("d", "folder", "already"), ("", "file", "no path"), ("a/b", "file", "no path")):
        answer = client.post(at("new"), {"name": name, "what": what}, follow=True)
        assert words in answer.content.decode()
    assert sorted(path.name for path in volume.iterdir()) == ["d"]


def test_a_form_uploads_and_replaces_only_when_told_to(browser: Browser, alice: User, volume: Path, at: At) -> None:
    client = browser(alice)

    def send(*contents: bytes, **more: str) -> str:
        sent = [SimpleUploadedFile(f"f{number}", content) for number, content in enumerate(contents)]
        return client.post(at("upload", "d"), {"file": sent, **more}, follow=True).content.decode()

    (volume / "d").mkdir()
    assert "2 files are uploaded" in send(b"0", b"1")
    assert "already" in send(b"new")
    assert (volume / "d/f0").read_bytes() == b"0"
    assert "1 file is uploaded" in send(b"new", overwrite="1")
    assert (volume / "d/f0").read_bytes() == b"new"
    assert "Choose a file first" in send()


@pytest.mark.django_db(transaction=True)
async def test_a_script_uploads_and_is_answered_in_json(alice: User, volume: Path, at: At) -> None:
    client = AsyncClient()
    await client.aforce_login(alice)
    answer = await client.put(at("upload", "d/f"), b"content", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["size"]) == (201, 7)
    assert (volume / "d/f").read_bytes() == b"content"
    answer = await client.put(at("upload", "d/f"), b"newer", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (409, "FILE_EXISTS")
    answer = await client.put(at("upload", "d/f", overwrite="1"), b"newer", headers={"Accept": "application/json"})
    assert (answer.status_code, (volume / "d/f").read_bytes()) == (201, b"newer")


@pytest.mark.django_db(transaction=True)
async def test_a_script_can_ask_before_it_sends(alice: User, volume: Path, at: At) -> None:
    client, json = AsyncClient(), {"Accept": "application/json"}
    await client.aforce_login(alice)
    (volume / "f").write_bytes(b"old")
    codes = {}
    for path, size in (("new", "5"), ("f", "5"), ("new", str(10**13)), ("f/x", "5")):
        answer = await client.put(at("upload", path, check=size), b"", headers=json)
        codes[path, size] = answer.status_code if answer.status_code == 204 else answer.json()["code"]
    assert list(codes.values()) == [204, "FILE_EXISTS", "TOO_LARGE", "NOT_A_FOLDER"]
    assert [(path.name, path.read_bytes()) for path in volume.iterdir()] == [("f", b"old")]


def test_a_text_is_changed_and_keeps_its_line_ends(browser: Browser, alice: User, volume: Path, at: At) -> None:
    client = browser(alice)
    for name, before, after in (("unix", b"\na\nb\n", b"\nA\nB\n"), ("dos", b"a\r\nb\r\n", b"A\r\nB\r\n")):
        (volume / name).write_bytes(before)
        page = Page(client.get(at("text", name)))
        assert page.problems() == []
        hidden = {field["name"]: field["value"] for field in page.all("input", type="hidden") if field.get("name")}
        typed = before.decode().upper().replace("\r\n", "\n").replace("\n", "\r\n")
        assert client.post(at("text", name), {**hidden, "text": typed}).status_code == 302
        assert (volume / name).read_bytes() == after


def test_a_text_that_changed_meanwhile_is_not_undone(browser: Browser, alice: User, volume: Path, at: At) -> None:
    client = browser(alice)
    (volume / "f").write_bytes(b"first")
    version = Page(client.get(at("text", "f"))).all("input", name="version")[0]["value"]
    (volume / "f").write_bytes(b"by another")
    response = client.post(at("text", "f"), {"text": "mine", "version": version})
    page = Page(response)
    assert (response.status_code, page.problems()) == (409, [])
    assert "mine" in response.content.decode()
    assert (volume / "f").read_bytes() == b"by another"
    assert page.all("input", name="version") == []
    client.post(at("text", "f"), {"text": "mine"})
    assert (volume / "f").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"\xff\xfe", "no text in UTF-8"), (b"a\0b", "no text in UTF-8"), (b"x" * 300_000, "only texts up to"),
     (b"a\nb\r\n", "now in one way and now in another")],
)  # fmt: skip
def test_what_is_no_text_is_not_edited(
    content: bytes, says: str, browser: Browser, alice: User, volume: Path, at: At
) -> None:
    (volume / "f").write_bytes(content)
    response = browser(alice).get(at("text", "f"))
    assert (response.status_code, Page(response).problems()) == (200, [])
    assert says in response.content.decode()


def test_a_name_that_is_taken_is_refused_in_the_form(browser: Browser, alice: User, volume: Path, at: At) -> None:
    for name in ("a", "b"):
        (volume / name).write_bytes(name.encode())
    response = browser(alice).post(at("rename", "a"), {"to": "b"})
    assert (response.status_code, Page(response).problems()) == (409, [])
    assert "already" in response.content.decode()
    (volume / "d").mkdir()
    assert browser(alice).post(at("rename", "a"), {"to": "/d/c"}).headers["Location"] == at("", "d")
    assert (volume / "d/c").read_bytes() == b"a"


def test_what_is_deleted_is_named_before(browser: Browser, alice: User, volume: Path, at: At) -> None:
    (volume / "d").mkdir()
    (volume / "d/f").write_bytes(b"")
    response = browser(alice).get(at("delete", "d/f"))
    assert Page(response).problems() == []
    assert "d/f" in response.content.decode()
    assert (volume / "d/f").exists()
    browser(alice).post(at("delete"), {"entry": "d/f", "sure": "1"})
    assert not (volume / "d/f").exists()
    response = browser(alice).post(at("delete"), {"entry": "d/f", "sure": "1"})
    assert response.status_code == 404
    assert "Choose what is to be deleted first" in browser(alice).post(at("delete"), follow=True).content.decode()
