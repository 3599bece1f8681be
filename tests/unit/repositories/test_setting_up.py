"""A new workspace is given its repository and its files before it starts, all of them or with a reason."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.apps import apps

from accounts.models import AuditEvent, User
from tests.accounts_fixtures import ActorOf
from tests.files_fixtures import VolumeOf
from tests.git_server import GitServer
from tests.unit.repositories.conftest import TOKEN, holding, names
from tests.workspaces_fixtures import MakeWorkspace, Work, work_once, work_until_settled
from workspaces import services
from workspaces.engine.base import EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault, Killed
from workspaces.engine.inside import ExecResult
from workspaces.git.beside import ARGV
from workspaces.image_builds import HELPER_IMAGE
from workspaces.images import image_ref
from workspaces.leases import leases_void
from workspaces.lifecycle import setting_up
from workspaces.lifecycle.setting_up import set_up
from workspaces.models import KeptFiles, Operation, Setup, Workspace
from workspaces.problems import Failed, Superseded
from workspaces.reasons import reason_shown
from workspaces.services.repository import Repository
from workspaces.states import State, Step, Verb
from workspaces.sweep import sweep

pytestmark = pytest.mark.django_db
URL = "https://git.example.org/tool.git"


def everything_stored() -> str:
    """All rows of all tables as text."""
    return "\n".join(str(list(model.objects.values())) for model in apps.get_models())


def test_repository_and_files_are_there_when_it_starts_and_the_token_is_nowhere(
    alice: User, make_workspace: MakeWorkspace, git_volume_of: VolumeOf, private: str, engine: FakeEngine
) -> None:
    files = {".env": b"A=1\n", "repo/local.txt": b"\0\xff"}
    workspace = make_workspace(
        alice, repository=Repository(private, branch="feature/x", token=TOKEN), files=files, environment={"B": "2"}
    )
    assert workspace.state == State.RUNNING, workspace.error
    volume = git_volume_of(workspace)
    assert names(volume) == [".env", "repo"]
    assert {"README.md", "x.txt", "local.txt"} < set(names(volume / "repo"))
    assert (volume / "repo" / "local.txt").read_bytes() == b"\0\xff"
    assert not Setup.objects.exists()
    assert holding(volume, TOKEN) == []
    assert TOKEN not in everything_stored() + repr(engine.execs) + repr(engine.specs) + repr(engine.helper_specs)
    assert AuditEvent.objects.get(action="workspace.create").meta["repository"] == private


def test_the_user_name_is_what_the_server_is_told(
    alice: User, make_workspace: MakeWorkspace, git_volume_of: VolumeOf, private: str, server: GitServer
) -> None:
    workspace = make_workspace(alice, repository=Repository(private, token=TOKEN, username="ann@example.org"))
    assert workspace.state == State.RUNNING, workspace.error
    said = {base64.b64decode(said.removeprefix("Basic ")).decode() for *_, said in server.credentials if said}
    assert said == {f"ann@example.org:{TOKEN}"}
    assert "ann@example.org" not in everything_stored() and not holding(git_volume_of(workspace), "ann@example.org")


def test_the_helper_is_on_the_network_of_the_workspace_and_can_do_little(
    alice: User, make_workspace: MakeWorkspace, git_volume_of: VolumeOf, private: str, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice, repository=Repository(private, token=TOKEN))
    spec = engine.helper_specs[f"{workspace.engine_name}-git"]
    assert (spec.role, spec.workspace, spec.network, spec.volume) == (
        "git", workspace.public_id, workspace.engine_name, workspace.engine_name
    )  # fmt: skip
    assert spec.capabilities == ("SETUID", "SETGID")


def test_a_token_among_the_variables_clones_and_does_not_get_into_the_workspace(
    alice: User, make_workspace: MakeWorkspace, git_volume_of: VolumeOf, private: str, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice, repository=Repository(private), environment={"GITHUB_TOKEN": TOKEN, "A": "1"})
    assert workspace.state == State.RUNNING, workspace.error
    assert engine.specs[workspace.engine_name].environment["A"] == "1"
    assert TOKEN not in repr(engine.specs)


def test_a_failed_clone_says_why_and_starting_tries_it_again(
    alice: User,
    actor_of: ActorOf,
    make_workspace: MakeWorkspace,
    git_volume_of: VolumeOf,
    server: GitServer,
    work: Work,
) -> None:
    workspace = make_workspace(alice, repository=Repository(f"{server.url}/private/later.git", token=TOKEN))
    assert (workspace.state, workspace.error_code) == (State.ERROR, "CLONE_FAILED")
    assert "not found" in workspace.error and TOKEN not in workspace.error
    assert names(git_volume_of(workspace)) == []
    assert reason_shown(workspace.error) == workspace.error
    (server.folder / "private" / "tool.git").rename(server.folder / "private" / "later.git")
    services.workspace_start(actor_of(alice), workspace)
    work()
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING, workspace.error
    assert "README.md" in names(git_volume_of(workspace) / "repo")


def test_with_discard_a_failed_clone_leaves_nothing_but_the_reason(
    alice: User, make_workspace: MakeWorkspace, git_volume_of: VolumeOf, private: str, engine: FakeEngine, work: Work
) -> None:
    made = make_workspace(alice, running=False, repository=Repository(private, token="wrong"), discard=True)
    work()
    assert not Workspace.objects.exists() and not Setup.objects.exists()
    assert (engine.states, engine.network_modes, engine.volume_files, engine.helper_specs) == ({}, {}, {}, {})
    failed = Operation.objects.get(verb=Verb.CREATE)
    assert (failed.state, failed.error_code, failed.workspace_public_id) == ("failed", "CLONE_FAILED", made.public_id)
    assert "Authentication failed" in failed.error
    assert Operation.objects.get(verb=Verb.DELETE).state == "done"
    assert set(AuditEvent.objects.values_list("action", flat=True)) >= {"workspace.create.failed", "workspace.delete"}


def test_discarding_never_costs_files_that_were_kept(
    alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, git_volume_of: VolumeOf, private: str, work: Work,
    engine: FakeEngine,
) -> None:  # fmt: skip
    first = make_workspace(alice, name="lab")
    services.workspace_delete(actor_of(alice), first, keep_files=True)
    work()
    make_workspace(alice, running=False, name="lab", repository=Repository(private, token="wrong"), discard=True)
    work()
    assert not Workspace.objects.exists()
    assert KeptFiles.objects.get().public_id == first.public_id
    assert list(engine.volume_files) == [first.engine_name]


@pytest.mark.parametrize("stored", ["folder", "link"])
def test_a_destination_that_is_taken_is_named(
    stored: str, alice: User, make_workspace: MakeWorkspace, git_volume_of: VolumeOf, private: str, work: Work
) -> None:
    workspace = make_workspace(alice, running=False, repository=Repository(private, token=TOKEN))
    volume = git_volume_of(workspace)
    if stored == "folder":
        (volume / "repo").mkdir()
        (volume / "repo" / "mine").write_text("mine")
    else:
        (volume / "repo").symlink_to("/etc")
    work()
    workspace.refresh_from_db()
    assert workspace.state == State.ERROR and "/workspace/repo" in workspace.error


def test_git_s_progress_is_the_operation_s(
    alice: User, make_workspace: MakeWorkspace, git_volume_of: VolumeOf, private: str, engine: FakeEngine
) -> None:
    told: list[tuple[Step, int, str]] = []
    workspace = make_workspace(alice, running=False, repository=Repository(private, token=TOKEN), files={"a": b""})
    engine.volume_files[workspace.engine_name] = {}
    set_up(
        workspace, Setup.objects.get(), engine, lambda step, percent, detail="": told.append((step, percent, detail))
    )
    assert [step for step, *_ in told] == [Step.CLONE] * (len(told) - 1) + [Step.FILES]
    assert any("Receiving objects" in detail for _step, _percent, detail in told)
    percents = [percent for _step, percent, _detail in told]
    assert percents == sorted(percents) and 40 < percents[0] <= percents[-1] < 55


def test_who_no_longer_waits_ends_git(
    alice: User, make_workspace: MakeWorkspace, git_volume_of: VolumeOf, private: str, engine: FakeEngine,
    server: GitServer,
) -> None:  # fmt: skip
    workspace = make_workspace(alice, running=False, repository=Repository(private, token=TOKEN))
    engine.volume_files[workspace.engine_name] = {}
    server.held.clear()

    def report(step: Step, percent: int, detail: str = "") -> None:
        if names(git_volume_of(workspace)):  # it is under way
            raise Superseded

    with pytest.raises(Superseded):
        set_up(workspace, Setup.objects.get(), engine, report)
    assert names(git_volume_of(workspace)) == []
    assert Setup.objects.exists()


def test_too_long_is_a_failure_of_its_own(
    alice: User, make_workspace: MakeWorkspace, git_volume_of: VolumeOf, private: str, engine: FakeEngine,
    server: GitServer, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from datetime import timedelta

    monkeypatch.setattr(setting_up, "CLONE_LIMIT", timedelta(seconds=1))
    workspace = make_workspace(alice, running=False, repository=Repository(private, token=TOKEN))
    engine.volume_files[workspace.engine_name] = {}
    server.held.clear()
    with pytest.raises(Failed, match="within") as caught:
        set_up(workspace, Setup.objects.get(), engine, lambda *_args: None)
    assert caught.value.code == "CLONE_FAILED"


def test_what_was_sealed_under_a_lost_key_is_a_reason_and_no_crash(
    alice: User, make_workspace: MakeWorkspace, settings: Any, work: Work
) -> None:
    workspace = make_workspace(alice, running=False, files={"a": b"x"})
    settings.SECRET_KEY = "another"
    work()
    workspace.refresh_from_db()
    assert (workspace.state, workspace.error_code) == (State.ERROR, "SETUP_UNREADABLE")


# -- a scripted program, for faults to order


def scripted(engine: FakeEngine) -> None:
    """Programs that leave what they do in the fake's volumes."""

    def run(name: str, argv: Sequence[str], stdin: bytes) -> ExecResult | None:
        if name not in engine.helper_specs:
            return None
        volume = engine.volume_files[engine.helper_specs[name].volume]
        if tuple(argv) == ARGV:
            question = json.loads(stdin)
            volume[f"{question['path']}/{question['mark']}"] = b"cloned"
            return ExecResult(b'{"percent": 50, "detail": "half"}\n{}\n{"done": {}}\n', b"", 0)
        volume["files"] = b"put"
        return ExecResult(b'{"ready": true}\n{"written": 1}\n', b"", 0)

    engine.on_exec = run


def begun(alice: User, make: MakeWorkspace, engine: FakeEngine) -> Workspace:
    engine.reset()
    Operation.objects.all().delete()
    Workspace.objects.all().delete()
    scripted(engine)
    return make(alice, running=False, repository=Repository(URL, token=TOKEN), files={"a": b"x"})


def check_whole(workspace: Workspace, engine: FakeEngine) -> None:
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING, workspace.error
    assert not Setup.objects.exists()
    assert sorted(engine.volume_files[workspace.engine_name].values()) == [b"cloned", b"put"]
    assert list(engine.network_modes) == [workspace.engine_name]


def test_killed_at_every_step_it_ends_as_if_nothing_had_been(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    kills = 0
    for number in range(100):
        for after in (False, True):
            workspace = begun(alice, make_workspace, engine)
            engine.kill_at = (len(engine.calls) + number, after)
            try:
                work_once()
            except Killed:
                kills += 1
            else:
                assert kills >= 2 * number > 10
                return
            leases_void()  # the process is gone, and with it what it held; a start does this
            work_until_settled()
            sweep(engine)
            check_whole(workspace, engine)
    raise AssertionError("an operation of a hundred calls to the engine")


@pytest.mark.parametrize("method", ["ensure_helper", "exec_stream", "ensure_network"])
def test_an_engine_that_goes_away_delays_and_breaks_nothing(
    method: str, alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    for after in (False, True):
        workspace = begun(alice, make_workspace, engine)
        engine.faults = [Fault(method, EngineUnavailable("gone"), times=2, after=after)]
        work_until_settled()
        check_whole(workspace, engine)


def test_a_helper_that_ends_without_a_word_is_begun_again_and_at_last_believed(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, work: Work
) -> None:
    workspace = begun(alice, make_workspace, engine)
    answers = iter([b"", b'{"percent": 1}\n', b'{"done": {}}\n', b'{"ready": true}\n{"written": 1}\n'])
    engine.on_exec = lambda name, argv, stdin: ExecResult(next(answers), b"", 0)
    work()
    workspace.refresh_from_db()
    assert workspace.state == State.RUNNING, workspace.error
    workspace = begun(alice, make_workspace, engine)
    engine.on_exec = lambda name, argv, stdin: ExecResult(b"", b"", 137)
    work()
    workspace.refresh_from_db()
    assert (workspace.state, workspace.error_code) == (State.ERROR, "ENGINE_REFUSED")


def test_the_image_of_the_helper_is_waited_for(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine, work: Work
) -> None:
    workspace = begun(alice, make_workspace, engine)
    engine.missing_images = {image_ref(HELPER_IMAGE)}
    work_once()
    workspace.refresh_from_db()
    assert workspace.state == State.CREATING
    engine.missing_images = set()
    work()
    check_whole(workspace, engine)


def test_a_workspace_without_repository_and_files_has_no_helper(
    alice: User, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    make_workspace(alice)
    assert engine.helper_specs == {}
