"""The colours of the editor: one line of its settings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Invalid, NotFound, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces import commands
from workspaces.engine.base import EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.engine.inside import ExecResult
from workspaces.models import Workspace
from workspaces.services import workspace_pause, workspace_stop
from workspaces.services.theme import theme_set

DARK = "Default Dark Modern"


class Settings:
    """The settings file in a container, as the fake engine's commands read and write it."""

    def __init__(self, text: str) -> None:
        self.text, self.exit_code = text, 0

    def __call__(self, name: str, argv: Sequence[str], stdin: bytes) -> ExecResult:
        if self.exit_code:
            return ExecResult(b"", b"read-only file system", self.exit_code)
        if stdin:
            self.text = stdin.decode()
        return ExecResult(self.text.encode() if not stdin else b"", b"", 0)


@pytest.fixture
def file(engine: FakeEngine) -> Settings:
    settings = Settings('{"editor.fontSize": 14} // mine\n')
    engine.on_exec = settings
    return settings


@pytest.fixture
def workspace(alice: User, make_workspace: MakeWorkspace) -> Workspace:
    return make_workspace(alice)


def test_the_theme_is_set_and_the_rest_stays(
    file: Settings, workspace: Workspace, alice: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    theme_set(actor_of(alice), workspace, f" {DARK} ")
    assert file.text.endswith('"editor.fontSize": 14} // mine\n') and f'"workbench.colorTheme": "{DARK}"' in file.text
    assert {asked.user for asked in engine.execs} == {"coder"}
    event = AuditEvent.objects.get(action="workspace.theme")
    assert (event.workspace, event.meta) == (workspace.public_id, {"theme": DARK})
    once = file.text
    theme_set(actor_of(alice), workspace, DARK)
    assert file.text == once


def test_following_the_system_ends_since_the_theme_would_not_be_seen(
    file: Settings, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    file.text = json.dumps({"window.autoDetectColorScheme": True, "a": 1})
    theme_set(actor_of(alice), workspace, DARK)
    assert json.loads(file.text) == {"workbench.colorTheme": DARK, "window.autoDetectColorScheme": False, "a": 1}


def test_a_file_that_cannot_be_read_is_left_as_it_is(
    file: Settings, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    for text in ('{"half": ', "[]"):
        file.text = text
        with pytest.raises(Conflict) as caught:
            theme_set(actor_of(alice), workspace, DARK)
        assert (caught.value.code, file.text) == ("SETTINGS_UNREADABLE", text)


def test_a_folder_that_cannot_be_written_is_said(
    file: Settings, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    file.exit_code = 1
    with pytest.raises(Conflict, match="read-only file system"):
        theme_set(actor_of(alice), workspace, DARK)


@pytest.mark.parametrize("theme", ["", "  ", "x" * 101, "two\nlines", "\x1b[31m"])
def test_what_no_theme_is_called_is_refused(
    theme: str, file: Settings, workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    before = file.text
    with pytest.raises(Invalid) as caught:
        theme_set(actor_of(alice), workspace, theme)
    assert (caught.value.code, file.text) == ("THEME_INVALID", before)


def test_a_paused_one_is_resumed_and_a_stopped_one_is_not_started(
    file: Settings, workspace: Workspace, alice: User, actor_of: ActorOf, work: Work, monkeypatch: Any
) -> None:
    monkeypatch.setattr(commands, "operation_wait", lambda *arguments: work())
    workspace_pause(actor_of(alice), workspace)
    work()
    theme_set(actor_of(alice), workspace, DARK)
    assert DARK in file.text
    workspace_stop(actor_of(alice), workspace)
    work()
    with pytest.raises(Conflict) as caught:
        theme_set(actor_of(alice), workspace, "Other")
    assert caught.value.code == "NOT_RUNNING" and "Other" not in file.text


def test_a_stranger_finds_nothing_and_a_silent_engine_is_said(
    file: Settings, workspace: Workspace, alice: User, charlie: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    with pytest.raises(NotFound):
        theme_set(actor_of(charlie), workspace, DARK)
    engine.faults = [Fault("exec", EngineUnavailable("gone"), times=9)]
    with pytest.raises(Unavailable):
        theme_set(actor_of(alice), workspace, DARK)
    assert DARK not in file.text
