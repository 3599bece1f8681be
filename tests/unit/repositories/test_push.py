"""Pushing for somebody: who may, what is checked, what is written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, Invalid, NotFound, SpacesError, TooMany, Unavailable
from tests.accounts_fixtures import ActorOf, as_
from tests.files_fixtures import VolumeOf
from tests.git_server import GitServer
from tests.unit.repositories.conftest import TOKEN, commit, git, holding
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces import services
from workspaces.engine.base import EngineError, EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.engine.inside import ExecResult
from workspaces.git import git_push, pushing
from workspaces.image_builds import HELPER_IMAGE
from workspaces.images import image_ref
from workspaces.models import Share, Workspace
from workspaces.services.repository import Repository
from workspaces.states import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def cloned(alice: User, make_workspace: MakeWorkspace, git_volume_of: VolumeOf, private: str) -> Workspace:
    """Alice's workspace with a clone that has one commit more than the server."""
    workspace = make_workspace(alice, repository=Repository(private, token=TOKEN))
    commit(git_volume_of(workspace) / "repo", "new.txt", "new")
    return workspace


@pytest.fixture
def repo(cloned: Workspace, git_volume_of: VolumeOf) -> Path:
    return git_volume_of(cloned) / "repo"


def asleep(actor: Actor, workspace: Workspace, work: Work) -> None:
    services.workspace_pause(actor, workspace)
    work()


def stopped(actor: Actor, workspace: Workspace, work: Work) -> None:
    services.workspace_stop(actor, workspace)
    work()


@pytest.mark.parametrize("before", [lambda *_: None, asleep, stopped])
def test_the_current_branch_is_pushed_whether_it_runs_or_not(
    before: Callable[..., None], alice: User, actor_of: ActorOf, cloned: Workspace, repo: Path, server: GitServer,
    work: Work, engine: FakeEngine,
) -> None:  # fmt: skip
    before(actor_of(alice), cloned, work)
    state = Workspace.objects.get().state
    result = git_push(actor_of(alice), cloned, token=TOKEN)
    assert (result.exit_code, result.stdout, result.cut, result.timed_out) == (0, "", False, False)
    assert "main" in result.stderr
    bare = server.folder / "private" / "tool.git"
    assert git("rev-parse", "main", cwd=bare) == git("rev-parse", "HEAD", cwd=repo)
    assert Workspace.objects.get().state == state, "it was woken"
    event = AuditEvent.objects.get(action="git.push")
    assert event.meta == {"remote": f"{server.url}/private/tool.git", "branch": "main", "exit_code": 0}
    assert (event.actor, event.workspace, event.workspace_name) == (alice, cloned.public_id, cloned.name)
    assert holding(repo, TOKEN) == []
    assert TOKEN not in repr(engine.execs) + repr(engine.helper_specs) + repr(list(AuditEvent.objects.values()))


def test_a_refusal_of_the_server_is_a_result_and_is_written_down(
    alice: User, actor_of: ActorOf, cloned: Workspace
) -> None:
    result = git_push(actor_of(alice), cloned, token="wrong")
    assert result.exit_code == 128 and "Authentication failed" in result.stderr
    assert AuditEvent.objects.get(action="git.push").meta["exit_code"] == 128


def test_whoever_it_is_shared_with_may_and_a_stranger_may_not(
    bob: User, charlie: User, actor_of: ActorOf, cloned: Workspace
) -> None:
    with pytest.raises(NotFound):
        git_push(actor_of(charlie), cloned, token=TOKEN)
    with pytest.raises(NotFound):
        git_push(actor_of(bob), cloned, token=TOKEN)
    Share.objects.create(workspace=cloned, user=bob)
    assert git_push(actor_of(bob), cloned, token=TOKEN).exit_code == 0


@pytest.mark.parametrize(
    ("asked", "kind", "code"),
    [
        ({"repo_path": "../other"}, Invalid, "REPO_DESTINATION_INVALID"),
        ({"repo_path": "/workspace/.."}, Invalid, "REPO_DESTINATION_INVALID"),
        ({"repo_path": "a/.git"}, Invalid, "REPO_DESTINATION_INVALID"),
        ({"remote": "--upload-pack=id"}, Invalid, "REPO_REMOTE_INVALID"),
        ({"remote": "https://evil/x"}, Invalid, "REPO_REMOTE_INVALID"),
        ({"remote": ""}, Invalid, "REPO_REMOTE_INVALID"),
        ({"branch": "-d"}, Invalid, "REPO_BRANCH_INVALID"),
        ({"branch": "main:other"}, Invalid, "REPO_BRANCH_INVALID"),
        ({"token": "two words"}, Invalid, "REPO_TOKEN_INVALID"),
        ({"repo_path": "nowhere"}, NotFound, "REPO_NOT_FOUND"),
        ({"repo_path": "/"}, NotFound, "REPO_NOT_FOUND"),
        ({"remote": "upstream"}, NotFound, "REPO_REMOTE_NOT_FOUND"),
        ({"branch": "nothing"}, NotFound, "REPO_BRANCH_NOT_FOUND"),
        ({"repo_path": "link"}, Conflict, "REPO_UNUSABLE"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(
    asked: dict[str, str], kind: type[SpacesError], code: str, alice: User, actor_of: ActorOf, cloned: Workspace,
    repo: Path,
) -> None:  # fmt: skip
    (repo.parent / "link").symlink_to(repo)
    with pytest.raises(kind) as caught:
        git_push(actor_of(alice), cloned, **asked)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "url",
    ["ext::sh -c id", "file:///etc", "http://host/x", "https://ann:pw@host/x", "-x", "host:path", "https://h/x y"],
)
def test_an_address_in_the_repository_is_checked_like_any_other_and_gets_no_token(
    url: str, alice: User, actor_of: ActorOf, cloned: Workspace, repo: Path, engine: FakeEngine
) -> None:
    git("config", "remote.origin.url", url, cwd=repo)
    before = len(engine.execs)
    with pytest.raises(Invalid) as caught:
        git_push(actor_of(alice), cloned, token=TOKEN)
    assert caught.value.code == "REPO_URL_INVALID"
    assert len(engine.execs) == before + 1, "it went on to push"
    assert not AuditEvent.objects.filter(action="git.push").exists()


def test_the_workspace_s_own_folder_can_be_a_repository(
    alice: User, actor_of: ActorOf, cloned: Workspace, repo: Path
) -> None:
    for name in [".git", "new.txt"]:
        (repo / name).rename(repo.parent / name)
    assert git_push(actor_of(alice), cloned, repo_path="/workspace/", token=TOKEN).exit_code == 0


def test_without_a_network_nothing_is_asked(alice: User, actor_of: ActorOf, cloned: Workspace) -> None:
    Workspace.objects.update(network_mode="none")
    with pytest.raises(Conflict) as caught:
        git_push(actor_of(alice), cloned, token=TOKEN)
    assert caught.value.code == "REPO_NO_NETWORK"


@pytest.mark.parametrize("state", [State.CREATING, State.DELETING])
def test_one_that_is_being_made_or_deleted_cannot(
    state: State, alice: User, actor_of: ActorOf, cloned: Workspace
) -> None:
    Workspace.objects.update(state=state)
    with pytest.raises(Conflict) as caught:
        git_push(actor_of(alice), cloned, token=TOKEN)
    assert caught.value.code == "WORKSPACE_STATE"


def test_a_helper_is_not_left_beside_one_that_was_deleted_meanwhile(
    alice: User, actor_of: ActorOf, cloned: Workspace, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.helper_specs.clear()
    ensure = engine.ensure_helper

    def ensure_helper(spec: Any) -> None:
        ensure(spec)
        Workspace.objects.update(state=State.DELETING)

    monkeypatch.setattr(engine, "ensure_helper", ensure_helper)
    with pytest.raises(NotFound):
        git_push(actor_of(alice), cloned, token=TOKEN)
    assert engine.helper_specs == {}


def test_thirty_in_ten_minutes_are_enough(
    alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "MOST", 2)
    workspace = make_workspace(alice)
    engine.on_exec = lambda *_: ExecResult(b'{"error": "NO_REPOSITORY"}\n', b"", 0)
    for _ in range(2):
        with pytest.raises(NotFound):
            git_push(actor_of(alice), workspace)
    with pytest.raises(TooMany):
        git_push(actor_of(alice), workspace)


@pytest.mark.parametrize("problem", [EngineUnavailable("gone"), EngineError("no"), "image"])
def test_an_engine_that_cannot_is_a_reason_to_come_again(
    problem: Any, alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice)
    if problem == "image":
        engine.missing_images = {image_ref(HELPER_IMAGE)}
    else:
        engine.faults = [Fault("ensure_helper", problem)]
    with pytest.raises(Unavailable) as caught:
        git_push(actor_of(alice), workspace, token=TOKEN)
    assert caught.value.retry_after


def test_time_that_is_over_is_in_the_result(
    alice: User, actor_of: ActorOf, make_workspace: MakeWorkspace, engine: FakeEngine
) -> None:
    workspace = make_workspace(alice)
    found = {"url": "https://git.example.org/x", "branch": "main", "commit": "0" * 40}
    over = {"stdout": "", "stderr": "", "exit_code": 124, "cut": False, "timed_out": True}
    answers = iter([found, over])
    engine.on_exec = lambda *_: ExecResult(json.dumps({"done": next(answers)}).encode() + b"\n", b"", 0)
    result = git_push(actor_of(alice), workspace)
    assert (result.exit_code, result.timed_out) == (124, True)


def test_the_page_pushes_and_shows_what_git_said(alice: User, cloned: Workspace, repo: Path, server: GitServer) -> None:
    browser, page = as_(alice), f"/workspaces/{cloned.public_id}/push"
    assert 'value="repo"' in browser.get(page).content.decode()
    answer = browser.post(page, {"destination": "repo", "token": TOKEN})
    said = answer.content.decode()
    assert answer.status_code == 200 and "It is pushed" in said and "main" in said
    assert TOKEN not in said
    bare = server.folder / "private" / "tool.git"
    assert git("rev-parse", "main", cwd=bare) == git("rev-parse", "HEAD", cwd=repo)
    assert "It was not pushed" in browser.post(page, {"destination": "repo", "token": "wrong"}).content.decode()


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"destination": "elsewhere"}, 404, "There is no repository at this path."),
        ({"destination": "repo", "remote": "nowhere"}, 404, "no remote of that name"),
        ({"destination": "../out"}, 400, "destination-wrong"),
        ({"destination": "repo", "remote": "-x"}, 400, "remote-wrong"),
        ({"destination": "repo", "branch": "a..b"}, 400, "branch-wrong"),
    ],
)
def test_the_page_says_what_was_wrong_and_keeps_what_was_typed(
    form: dict[str, str], status: int, said: str, alice: User, cloned: Workspace
) -> None:
    answer = as_(alice).post(f"/workspaces/{cloned.public_id}/push", form | {"token": TOKEN})
    shown = answer.content.decode()
    assert (answer.status_code, said in shown) == (status, True)
    assert form["destination"] in shown and TOKEN not in shown


def test_the_page_is_not_there_for_a_stranger(charlie: User, cloned: Workspace) -> None:
    assert as_(charlie).get(f"/workspaces/{cloned.public_id}/push").status_code == 404
