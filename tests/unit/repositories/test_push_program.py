"""Pushing for a repository that is not to be trusted: nothing of it runs with the token, nothing sends it elsewhere."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.git_server import GitServer
from tests.unit.repositories.conftest import TOKEN, Program, commit, git, holding, names


@pytest.fixture
def repo(program: Program, private: str) -> Path:
    """A clone with one more commit than the server has."""
    assert program.clone(private, token=TOKEN) == {"done": {}}
    commit(program.root / "repo", "new.txt", "new")
    return program.root / "repo"


def on_server(server: GitServer, branch: str = "main") -> str:
    return git("rev-parse", branch, cwd=server.folder / "private" / "tool.git")


def test_the_current_branch_is_pushed_to_where_it_came_from(program: Program, repo: Path, server: GitServer) -> None:
    result = program.push()["done"]
    assert (result["exit_code"], result["stdout"], result["timed_out"], result["cut"]) == (0, "", False, False)
    assert "main" in result["stderr"]
    assert on_server(server) == git("rev-parse", "HEAD", cwd=repo)
    assert git("rev-parse", "origin/main", cwd=repo) == on_server(server)
    assert git("status", "--porcelain", "--branch", cwd=repo) == "## main...origin/main"
    assert holding(program.root, TOKEN) == [] and not names(program.temporary)
    assert TOKEN not in json.dumps(program.answers)
    git("fsck", "--strict", cwd=repo)


def test_a_second_time_there_is_nothing_to_do(program: Program, repo: Path) -> None:
    program.push()
    assert "up-to-date" in program.push()["done"]["stderr"]


def test_a_new_branch_is_pushed_by_name_also_when_its_ref_is_packed(
    program: Program, repo: Path, server: GitServer
) -> None:
    git("branch", "topic/one", cwd=repo)
    git("pack-refs", "--all", cwd=repo)
    git("gc", "--quiet", cwd=repo)
    assert program.push(branch="topic/one")["done"]["exit_code"] == 0
    assert on_server(server, "topic/one") == git("rev-parse", "HEAD", cwd=repo)
    assert git("rev-parse", "origin/topic/one", cwd=repo) == on_server(server, "topic/one")


def test_what_the_server_refuses_is_an_exit_code_and_its_words(program: Program, repo: Path, server: GitServer) -> None:
    git("reset", "--quiet", "--hard", "HEAD~2", cwd=repo)
    commit(repo, "other.txt", "other")
    before = on_server(server)
    result = program.push()["done"]
    assert result["exit_code"] == 1 and "rejected" in result["stderr"]
    assert on_server(server) == before
    assert program.push(token="wrong")["done"]["exit_code"] == 128


def test_a_shallow_clone_can_be_pushed(program: Program, repo: Path, server: GitServer) -> None:
    bare = server.folder / "private" / "tool.git"
    git("clone", "--quiet", "--depth=1", f"file://{bare}", program.root / "shallow", cwd=repo)
    shallow = program.root / "shallow"
    git("remote", "set-url", "origin", f"{server.url}/private/tool.git", cwd=shallow)
    tip = commit(shallow, "more.txt", "more")
    assert program.push(path="shallow")["done"]["exit_code"] == 0
    assert on_server(server) == tip


def test_objects_may_be_borrowed_from_another_folder_of_the_workspace(
    program: Program, repo: Path, server: GitServer
) -> None:
    git("clone", "--quiet", "--shared", repo, program.root / "second", cwd=repo)
    second = program.root / "second"
    git("remote", "set-url", "origin", f"{server.url}/private/tool.git", cwd=second)
    tip = commit(second, "more.txt", "more")
    assert program.push(path="second")["done"]["exit_code"] == 0
    assert on_server(server) == tip


def test_a_repository_in_the_workspace_itself_is_found(program: Program, server: GitServer, private: str) -> None:
    git("clone", "--quiet", server.folder / "private" / "tool.git", program.root, cwd=program.root)
    git("remote", "set-url", "origin", private, cwd=program.root)
    tip = commit(program.root, "more.txt", "more")
    assert program.push(path="")["done"]["exit_code"] == 0
    assert on_server(server) == tip


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"path": "nowhere"}, "NO_FOLDER"),
        ({"path": "repo/new.txt"}, "LINKED"),
        ({"path": "plain"}, "NO_REPOSITORY"),
        ({"path": "linked"}, "LINKED"),
        ({"path": "worktree"}, "LINKED"),
        ({"path": "gitlink"}, "LINKED"),
        ({"remote": "upstream"}, "NO_REMOTE"),
        ({"branch": "nothing"}, "NO_BRANCH"),
        ({"branch": "../../config"}, "NO_BRANCH"),
        ({"branch": "evil"}, "NO_BRANCH"),
    ],
)  # fmt: skip
def test_what_is_not_there_or_leads_elsewhere_is_named(
    request_: dict[str, str], code: str, program: Program, repo: Path, tmp_path: Path
) -> None:
    (program.root / "plain").mkdir()
    (program.root / "linked").symlink_to(repo)
    git("worktree", "add", "--quiet", program.root / "worktree", "-b", "w", cwd=repo)
    (program.root / "gitlink").mkdir()
    (program.root / "gitlink" / ".git").symlink_to(repo / ".git")
    (tmp_path / "secret").write_text("0" * 40)
    (repo / ".git" / "refs" / "heads" / "evil").symlink_to(tmp_path / "secret")
    assert program.push(**request_)["error"] == code


def test_a_detached_head_has_no_branch(program: Program, repo: Path) -> None:
    git("checkout", "--quiet", "--detach", cwd=repo)
    assert program.push()["error"] == "NO_BRANCH"
    assert program.push(branch="main")["done"]["exit_code"] == 0


def trap(script: Path, witness: Path) -> str:
    """A program that leaves a trace, with all it can find, when it is run."""
    script.write_text(f'#!/bin/sh\n{{ env; cat "$SPACES_ANSWERS"; ls -l /proc/self/fd; }} >>{witness} 2>&1\nexit 0\n')
    script.chmod(0o755)
    return str(script)


def hooks(repo: Path, run: str) -> None:
    for name in ("pre-push", "reference-transaction", "post-index-change", "post-checkout", "pre-auto-gc"):
        (repo / ".git" / "hooks").mkdir(exist_ok=True)
        (repo / ".git" / "hooks" / name).symlink_to(run)


def commands(repo: Path, run: str) -> None:
    core = ("sshCommand", "fsmonitor", "askPass", "pager", "editor", "gitProxy", "alternateRefsCommand")
    for key in (*(f"core.{name}" for name in core), "gpg.program", "remote.origin.receivepack", "remote.origin.vcs"):
        git("config", key, run, cwd=repo)
    git("config", "push.gpgSign", "true", cwd=repo)
    git("config", "credential.helper", f"!{run}", cwd=repo)
    git("config", "core.hooksPath", str(Path(run).parent), cwd=repo)
    git("config", "alias.push", f"!{run}", cwd=repo)


def partial(repo: Path, run: str) -> None:
    """A repository that lacks objects and says that a program fetches them."""
    git("config", "core.repositoryformatversion", "1", cwd=repo)
    git("config", "extensions.partialClone", "evil", cwd=repo)
    git("config", "remote.evil.url", f"ext::{run}", cwd=repo)
    git("config", "remote.evil.promisor", "true", cwd=repo)
    git("config", "protocol.ext.allow", "always", cwd=repo)


@pytest.mark.parametrize("evil", [hooks, commands, partial])
def test_nothing_of_the_repository_is_run(
    evil: Callable[[Path, str], None], program: Program, repo: Path, server: GitServer, tmp_path: Path
) -> None:
    tip, witness = git("rev-parse", "HEAD", cwd=repo), tmp_path / "witness"
    evil(repo, trap(tmp_path / "trap.sh", witness))
    result = program.push()
    assert not witness.exists(), witness.read_text()
    assert result["done"]["exit_code"] == 0
    assert on_server(server) == tip


def redirected(repo: Path, to: str, private: str) -> None:
    git("config", f"url.{to}/.insteadOf", private.removesuffix("private/tool.git"), cwd=repo)
    git("config", f"url.{to}/.pushInsteadOf", private.removesuffix("private/tool.git"), cwd=repo)


def proxied(repo: Path, to: str, private: str) -> None:
    git("config", "http.proxy", to, cwd=repo)
    git("config", "remote.origin.proxy", to, cwd=repo)
    git("config", "http.sslVerify", "false", cwd=repo)
    git("config", "http.curloptResolve", f"localhost:{to.rpartition(':')[2]}:127.0.0.1", cwd=repo)
    git("config", "http.extraHeader", "X-Evil: 1", cwd=repo)
    git("config", "http.cookieFile", str(repo / "README.md"), cwd=repo)


def included(repo: Path, to: str, private: str) -> None:
    (repo.parent / "more").write_text(f'[remote "origin"]\n\tpushurl = {to}/private/tool.git\n')
    git("config", "include.path", str(repo.parent / "more"), cwd=repo)


@pytest.mark.parametrize("evil", [redirected, proxied, included])
def test_nothing_of_the_repository_leads_the_token_elsewhere(
    evil: Callable[[Path, str, str], None], program: Program, repo: Path, server: GitServer, private: str,
    tmp_path: Path, certificate: tuple[Path, Path],
) -> None:  # fmt: skip
    tip = git("rev-parse", "HEAD", cwd=repo)
    with GitServer(tmp_path, *certificate, password=TOKEN, address=("127.0.0.1", 0)) as other:
        evil(repo, other.url, private)
        assert program.push()["done"]["exit_code"] == 0
        assert other.credentials == []
    assert on_server(server) == tip


@pytest.mark.parametrize("url", ["ext::sh -c id", "https://evil.example.org/x", "https://ann:pw@host/x", "file:///etc"])
def test_the_address_is_only_reported_for_the_platform_to_judge(url: str, program: Program, repo: Path) -> None:
    git("config", "remote.origin.pushurl", url, cwd=repo)
    seen = program.ask(op="look", path="repo", remote="origin", branch="")
    assert seen["done"]["url"] == url


@pytest.mark.parametrize("name", ["objects", "refs", "config", "HEAD"])
def test_a_link_in_place_of_a_part_of_the_repository_is_not_followed(
    name: str, program: Program, repo: Path, tmp_path: Path
) -> None:
    (repo / ".git" / name).rename(tmp_path / name)
    (repo / ".git" / name).symlink_to(tmp_path / name)
    assert program.push()["error"] in ("LINKED", "NO_BRANCH", "NO_REMOTE")


def test_what_is_noted_afterwards_is_written_through_no_link(
    program: Program, repo: Path, server: GitServer, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    remotes = repo / ".git" / "refs" / "remotes"
    remotes.rename(tmp_path / "remotes")
    remotes.symlink_to(outside)
    assert program.push()["done"]["exit_code"] == 0
    assert not names(outside)


def test_huge_and_strange_files_in_it_cannot_hang_the_push(program: Program, repo: Path) -> None:
    (repo / ".git" / "config").unlink()
    os.mkfifo(repo / ".git" / "config")
    assert program.push()["error"] == "NO_REMOTE"
    (repo / ".git" / "HEAD").unlink()
    (repo / ".git" / "HEAD").symlink_to("/dev/zero")
    (repo / ".git" / "config").unlink()
    (repo / ".git" / "config").write_text('[remote "origin"]\n\turl = https://localhost/x\n')
    assert program.push()["error"] == "NO_BRANCH"


def test_it_is_over_after_its_time(program: Program, repo: Path, server: GitServer) -> None:
    seen = program.ask(op="look", path="repo", remote="origin", branch="")["done"]
    server.held.clear()
    began = time.monotonic()
    result = program.ask(op="push", path="repo", remote="origin", token=TOKEN, seconds=1, **seen)["done"]
    assert (result["exit_code"], result["timed_out"]) == (124, True)
    assert time.monotonic() - began < 5
    assert not names(program.temporary)


def test_the_token_is_in_no_command_line_and_no_environment_meanwhile(program: Program, repo: Path) -> None:
    seen: list[bytes] = []
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            for folder in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    try:
                        seen.append((folder / name).read_bytes())
                    except OSError:
                        continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        assert program.push()["done"]["exit_code"] == 0
    finally:
        over.set()
        watcher.join()
    assert any(b"git-remote-https" in text for text in seen), "the watcher was too slow to see anything"
    assert not any(TOKEN.encode() in text for text in seen)


def test_a_server_that_does_not_answer_is_a_result(program: Program, repo: Path) -> None:
    git("config", "remote.origin.url", "https://no-such-host.invalid/x", cwd=repo)
    result = program.push()["done"]
    assert result["exit_code"] == 128 and "no-such-host.invalid" in result["stderr"]
