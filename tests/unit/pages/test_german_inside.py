"""Files, templates, machines, events and what is shared in German hold nothing in English."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from accounts.actors import Actor
from accounts.models import User
from tests.files_fixtures import VolumeOf
from tests.languages import left_in_english
from tests.unit.pages.conftest import Browser
from tests.unit.pages.test_german import ENGLISH, GERMAN
from workspaces.audit_words import DETAILS, GROUPS
from workspaces.auditing import workspace_audit
from workspaces.engine.base import ContainerState
from workspaces.engine.fake import FakeEngine
from workspaces.engine.inside import ExecResult
from workspaces.files import DiskUsage
from workspaces.machine import Capabilities, machine_forget
from workspaces.models import KeptFiles, Share, Workspace
from workspaces.nodes import NodeSpace, listing
from workspaces.nodes.asking import Answer
from workspaces.nodes.finding import Address
from workspaces.states import State
from workspaces.stats import observing
from workspaces.templating.reading import KEYS

Put = Callable[..., Workspace]
DATA = r"Spaces.*|VS Code|KiCad|Blender|Terminal|An editor|alice.*|bob.*|root|Lab|English|Deutsch|in|s"
DATA += r"|[\d.,]+\s[kKMG]?B(ytes)?"
DATA += r"|zip|tar|CSV|JSON|Esc|Tab|UTC|/workspace|https://|\.env|default|gpu|lan|offline|origin|Docker.*"


def shared(client: Client, path: str, data: dict[str, str] | None = None, more: str = "") -> list[str]:
    """What the page says alike in both languages, besides names and `more`, which the test made up."""
    pages = []
    for language in (ENGLISH, GERMAN):
        answer = client.post(path, data, headers=language) if data is not None else client.get(path, headers=language)
        pages.append(answer.content.decode())
    assert all('<html lang="de"' in page or "<html" not in page for page in pages[1:]), path
    return left_in_english(*pages, data=f"{DATA}|{more}" if more else DATA)


@pytest.fixture
def lab(put: Put, alice: User) -> Workspace:
    return put(alice, "Lab", State.RUNNING)


@pytest.fixture
def volume(volume_of: VolumeOf, engine: FakeEngine, lab: Workspace) -> Path:
    engine.volume_files[lab.engine_name] = {}
    return volume_of(lab)


def test_pages_of_files(browser: Browser, alice: User, lab: Workspace, volume: Path) -> None:
    client, at = browser(alice), f"/workspaces/{lab.public_id}/files/"
    assert shared(client, at) == []
    (volume / ".hidden").touch()
    assert shared(client, at) == []
    (volume / "notes").write_text("words\n")
    (volume / "raw").write_bytes(b"\xff\0")
    (volume / "mixed").write_text("one\r\ntwo\n")
    (volume / "folder").mkdir()
    (volume / "link").symlink_to("notes")
    (volume / "broken").symlink_to("nowhere")
    names = r"\.hidden|notes|raw|mixed|folder|link|broken|words|one two|none"
    for rest in ("", "?hidden=1", "text?path=notes", "text?path=raw", "text?path=mixed", "rename?path=notes"):
        assert shared(client, at + rest, more=names) == [], rest
    assert shared(client, f"{at}rename?path=notes", {"to": "folder"}, more=names) == []
    assert shared(client, f"{at}delete", {"entry": "notes"}, more=names) == []
    assert shared(client, f"{at}text?path=none", more=names) == []
    push = f"/workspaces/{lab.public_id}/push"
    assert shared(client, push) == []
    assert shared(client, push, {"destination": "a", "remote": "..", "branch": ".."}, more=r"a|\.\.") == []


def test_pages_of_templates(browser: Browser, alice: User, root: User, engine: FakeEngine) -> None:
    words = "|".join({*KEYS, *(key for keys in KEYS.values() if isinstance(keys, dict) for key in keys)})
    for user in (alice, root):
        client = browser(user)
        for rest in ("", "default/", "lan/", "none/"):
            assert shared(client, f"/templates/{rest}", more="# .*|name: .*") == [], rest
    assert shared(client, "/templates/new", more="name: .*") == []
    assert shared(client, "/templates/gpu/delete") == []
    for text in ("name: x\nmemory: 1g\nmode: lan\nsizes: 3", "- a", "name: [", "name: 1\nnetwork: {mode: wifi}"):
        assert shared(client, "/templates/check", {"yaml": text}, more=f"{words}|{text}") == [], text


def test_what_a_workspace_uses(
    browser: Browser, alice: User, lab: Workspace, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = DiskUsage(total=100 * 1024**3, used=25 * 1024**3, available=75 * 1024**3, size=3 * 1024**2, complete=True)
    monkeypatch.setattr(observing, "disk_usage", lambda _workspace: usage)
    client, path = browser(alice), f"/workspaces/{lab.public_id}/activity"
    name = lab.engine_name
    engine.states[name] = ContainerState(name, f"fake-{name}", "running", address="10.213.0.2")
    engine.on_exec = lambda _name, _argv, _stdin: ExecResult(b"PID\n 7 98.5 2.0 00:05 sleep\n", b"", 0)
    for state in State.values:
        Workspace.objects.filter(pk=lab.pk).update(state=state)
        assert [shared(client, path), shared(client, f"{path}?all=1")] == [[], []], state
        assert shared(client, f"/workspaces/{lab.public_id}/terminal") == [], state


def test_the_page_of_machines(
    browser: Browser, alice: User, root: User, lab: Workspace, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {
        "/api/system/capabilities": [Answer(401, b"", 0.012), Answer(200, b"{}", 0.034)],
        "/api/spaces?all=true": [Answer(401), Answer(200)],
    }
    addresses = [Address("locked", "http://locked:1"), Address("beta", "http://beta:1")]
    monkeypatch.setattr(listing, "ask_all", lambda asked, path: answers[path][: len(asked)])
    monkeypatch.setattr(listing, "capabilities_read", lambda _value: Capabilities(True, "A100", 2**34, "x86", "x", 8))
    monkeypatch.setattr(
        listing, "spaces_read", lambda node, _value: [NodeSpace(node, "far", "i", "running", image="far")]
    )
    for others in ([], addresses):
        monkeypatch.setattr(listing, "addresses", lambda others=others: others)
        for user in (alice, root):
            listing.nodes_forget()
            machine_forget()
            client, names = browser(user), r"locked|beta|far|http.*|running|A100.*|[\d.,· ]+"
            here = shared(client, "/machines/", more=names) + shared(client, "/machines/?all=1", more=names)
            assert [part for part in here if part != listing.nodes_list(Actor(user, "browser")).nodes[0].name] == []
    listing.nodes_forget()
    machine_forget()


def test_the_page_of_events(browser: Browser, alice: User, root: User, lab: Workspace) -> None:
    client = browser(alice)
    assert shared(client, "/audit/?q=zzz") == []
    for group in GROUPS.values():
        for action in group.words:
            workspace_audit(Actor(alice, "browser"), action, lab, **dict.fromkeys(DETAILS, True))
    workspace_audit(Actor(None, "system"), "workspace.observed", lab)
    for user in (alice, root):
        client = browser(user)
        assert shared(client, "/audit/") == []
        assert shared(client, "/audit/newest") == []
        assert shared(client, f"/audit/?workspace={lab.public_id}&what=inside") == []


def test_what_is_shared_and_what_is_kept(browser: Browser, alice: User, bob: User, lab: Workspace) -> None:
    path, client = f"/workspaces/{lab.public_id}/", browser(alice)
    assert shared(client, f"{path}share", {"who": "nobody"}, more="nobody") == []
    Share.objects.create(workspace=lab, user=bob)
    assert [shared(one, path) for one in (client, browser(bob))] == [[], []]
    assert [shared(one, "/workspaces/") for one in (client, browser(bob))] == [[], []]
    kept = KeptFiles.objects.create(owner=alice, name="Kept", public_id="kept1", kind=lab.kind)
    assert shared(client, "/workspaces/", more="Kept") == []
    assert shared(client, f"/workspaces/kept/{kept.public_id}/delete", more="Kept") == []


def test_the_form_with_mistakes_in_what_it_brings(browser: Browser, alice: User, lab: Workspace) -> None:
    wrong = {"kind": "code-server", "repository": "ftp://x", "branch": "a..b", "environment": "no", "template": "zzz"}
    more = "ftp://x|a..b|no|zzz"
    for given in (wrong, wrong | {"template": ""}, {"token": "x"}, wrong | {"template": "", "environment": "1=2"}):
        assert shared(browser(alice), "/workspaces/new", given, more=f"{more}|1=2") == [], given
