"""Cloning: all of it or nothing, twice is fine, and the token is left nowhere."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.git_server import GitServer
from tests.unit.repositories.conftest import TOKEN, Program, commit, git, holding, make_repository, names


def test_a_public_repository_arrives_with_its_files_and_its_history(program: Program, server: GitServer) -> None:
    url = f"{server.url}/public/tool.git"
    assert program.clone(url) == {"done": {}}
    repo = program.root / "repo"
    assert (repo / "src" / "main.py").read_text() == "print('hello')\n"
    assert git("status", "--porcelain", cwd=repo) == ""
    assert git("log", "--format=%s", cwd=repo).splitlines() == ["Add src/main.py", "Add README.md"]
    assert git("remote", "get-url", "origin", cwd=repo) == url
    assert names(program.root) == ["repo"]


def test_a_private_one_needs_the_token_which_is_nowhere_afterwards(program: Program, private: str) -> None:
    assert program.clone(private, token="wrong")["error"] == "CLONE_FAILED"
    assert not names(program.root)
    assert program.clone(private, token=TOKEN) == {"done": {}}
    assert holding(program.root, TOKEN) == []
    assert not names(program.temporary)
    assert TOKEN not in json.dumps(program.answers)
    assert "@" not in git("config", "--get", "remote.origin.url", cwd=program.root / "repo")


def test_it_says_how_far_it_is(program: Program, private: str) -> None:
    program.clone(private, token=TOKEN)
    told = [answer for answer in program.answers if "percent" in answer]
    assert told[-1]["percent"] >= 75
    assert [answer["percent"] for answer in told] == sorted(answer["percent"] for answer in told)
    assert any("Receiving objects: 100%" in answer["detail"] for answer in told)


def test_a_branch_is_checked_out_and_one_that_is_not_there_is_a_failure(program: Program, private: str) -> None:
    program.clone(private, token=TOKEN, branch="feature/x", path="deep/er/tool")
    repo = program.root / "deep" / "er" / "tool"
    assert (repo / "x.txt").exists()
    assert git("rev-parse", "--abbrev-ref", "HEAD", cwd=repo) == "feature/x"
    answer = program.clone(private, token=TOKEN, branch="nothing")
    assert answer["error"] == "CLONE_FAILED" and "nothing" in answer["text"]
    assert names(program.root) == ["deep"]


def test_an_empty_repository_is_cloned_too(program: Program, server: GitServer) -> None:
    git("init", "--quiet", "--bare", "-b", "main", server.folder / "public" / "empty.git", cwd=server.folder)
    assert program.clone(f"{server.url}/public/empty.git") == {"done": {}}
    assert (program.root / "repo" / ".git").is_dir()


def test_twice_for_the_same_request_changes_nothing(program: Program, private: str) -> None:
    program.clone(private, token=TOKEN)
    (program.root / "repo" / "mine.txt").write_text("mine")
    assert program.clone(private, token=TOKEN) == {"done": {}}
    assert (program.root / "repo" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("kind", ["folder", "file", "link", "clone of another request"])
def test_what_is_there_already_is_neither_lost_nor_followed(
    kind: str, program: Program, private: str, tmp_path: Path
) -> None:
    repo, outside = program.root / "repo", tmp_path / "outside"
    outside.mkdir()
    match kind:
        case "folder":
            repo.mkdir()
            (repo / "mine.txt").write_text("mine")
        case "file":
            repo.write_text("mine")
        case "link":
            repo.symlink_to(outside)
        case _:
            program.clone(private, token=TOKEN, mark="another")
    before = sorted(program.root.rglob("*"))
    assert program.clone(private, token=TOKEN)["error"] == "NOT_EMPTY"
    assert sorted(program.root.rglob("*")) == before
    assert not names(outside)


def test_an_empty_folder_is_no_obstacle_and_a_link_on_the_way_is(
    program: Program, private: str, tmp_path: Path
) -> None:
    (program.root / "repo").mkdir()
    assert program.clone(private, token=TOKEN) == {"done": {}}
    outside = tmp_path / "outside"
    outside.mkdir()
    (program.root / "way").symlink_to(outside)
    assert program.clone(private, token=TOKEN, path="way/repo")["error"] == "LINKED"
    assert not names(outside)


def wait_until_under_way(program: Program) -> None:
    until = time.monotonic() + 20
    while not list(program.root.glob(".spaces-clone-*/.git")):
        assert time.monotonic() < until
        time.sleep(0.01)  # another process is at it


@pytest.mark.parametrize("how", ["kill", "term", "hang up"])
def test_ended_in_the_middle_the_next_try_begins_anew(
    how: str, program: Program, private: str, server: GitServer
) -> None:
    server.held.clear()
    process = program.begin(op="clone", url=private, path="repo", token=TOKEN, mark="1")
    assert process.stdin and process.stdout
    wait_until_under_way(program)
    [git_id] = children(process.pid)
    if how == "hang up":
        process.stdin.close()
    else:
        process.send_signal({"kill": signal.SIGKILL, "term": signal.SIGTERM}[how])
    process.wait(5)
    if how == "kill":
        os.killpg(git_id, signal.SIGKILL)  # the container's end takes it along
    else:
        assert not names(program.temporary), "the token was left"
        assert not names(program.root)
    assert not Path(f"/proc/{git_id}").exists() or how == "kill"
    server.held.set()
    assert program.clone(private, token=TOKEN) == {"done": {}}
    assert names(program.root) == ["repo"]


def children(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(word) for word in text.split()]


def test_the_token_is_in_no_command_line_and_no_environment_meanwhile(
    program: Program, private: str, server: GitServer
) -> None:
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
        assert program.clone(private, token=TOKEN) == {"done": {}}
    finally:
        over.set()
        watcher.join()
    assert any(b"git-remote-https" in text for text in seen), "the watcher was too slow to see anything"
    assert not any(TOKEN.encode() in text for text in seen)


def test_it_is_over_after_its_time(program: Program, private: str, server: GitServer) -> None:
    server.held.clear()
    began = time.monotonic()
    assert program.clone(private, token=TOKEN, seconds=1)["error"] == "TIMEOUT"
    assert time.monotonic() - began < 5
    assert not names(program.root)


def test_a_redirection_within_the_server_is_followed(program: Program, server: GitServer) -> None:
    server.redirects["/old/"] = f"{server.url}/private/"
    assert program.clone(f"{server.url}/old/tool.git", token=TOKEN) == {"done": {}}


def test_a_redirection_elsewhere_never_gets_the_token(
    program: Program, server: GitServer, certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    make_repository(tmp_path / "evil" / "private" / "tool.git")
    with GitServer(tmp_path / "evil", *certificate, password=TOKEN, address=("127.0.0.1", 0)) as evil:
        server.redirects["/private/"] = f"{evil.url}/private/"
        answer = program.clone(f"{server.url}/private/tool.git", token=TOKEN)
        assert answer["error"] == "CLONE_FAILED"
        assert evil.credentials, "the redirection was not even followed"
        assert {said for _host, _path, said in evil.credentials} == {""}


def test_a_redirection_after_the_password_never_carries_it_on(
    program: Program, server: GitServer, certificate: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.git_server import Handler

    with GitServer(tmp_path, *certificate, password=TOKEN, address=("127.0.0.1", 0)) as evil:
        answer = Handler._answer

        def turn(self: Handler) -> None:
            if self.server is server and self.headers.get("Authorization"):
                self._status(302, ("Location", evil.url + self.path))
            else:
                answer(self)

        monkeypatch.setattr(Handler, "_answer", turn)
        assert program.clone(f"{server.url}/private/tool.git", token=TOKEN)["error"] == "CLONE_FAILED"
        assert evil.credentials
        assert {said for _host, _path, said in evil.credentials} == {""}


def test_another_server_than_the_one_of_the_certificate_is_refused(program: Program, private: str) -> None:
    program.ca = ""
    answer = program.clone(private, token=TOKEN)
    assert answer["error"] == "CLONE_FAILED" and "certificate" in answer["text"]


@pytest.mark.parametrize(
    "url", ["ext::sh -c 'touch /tmp/spaces-was-here'", "file:///etc", "/etc", "http://localhost/x", "git://localhost/x"]
)
def test_no_other_protocol_is_spoken_even_if_the_platform_asked_for_it(url: str, program: Program) -> None:
    assert program.clone(url)["error"] == "CLONE_FAILED"
    assert not Path("/tmp/spaces-was-here").exists()


def test_what_a_server_says_comes_without_the_token_and_without_control_characters(
    program: Program, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.git_server import Handler

    encoded = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()

    def refuse(self: Handler) -> None:
        text = f"you said {TOKEN} and {encoded} \x1b[31m".encode()
        if not self.headers.get("Authorization"):
            self._status(401, ("WWW-Authenticate", 'Basic realm="git"'))
            return
        self.send_response(403)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    monkeypatch.setattr(Handler, "_answer", refuse)
    answer = program.clone(f"{server.url}/private/tool.git", token=TOKEN)
    said = json.dumps(program.answers)
    assert "you said ***" in answer["text"], answer
    assert TOKEN not in said and encoded not in said and "\\u001b" not in said


def test_a_name_before_a_colon_is_the_name(program: Program, private: str, server: GitServer) -> None:
    assert program.clone(private, token=f"ann:{TOKEN}") == {"done": {}}
    said = {base64.b64decode(said.removeprefix("Basic ")).decode() for *_, said in server.credentials if said}
    assert said == {f"ann:{TOKEN}"}


def test_submodules_links_and_attributes_of_the_repository_do_nothing(
    program: Program, server: GitServer, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    draft = server.folder / "public" / "trap"
    draft.mkdir()
    git("init", "--quiet", "-b", "main", cwd=draft)
    commit(draft, ".gitattributes", "* filter=evil\n")
    commit(draft, ".gitmodules", f'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch% {outside}/was-here"\n')
    (draft / "link").symlink_to(outside)
    git("add", "link", cwd=draft)
    git("commit", "--quiet", "-m", "A link", cwd=draft)
    commit(draft, "zz.txt", "last")
    assert program.clone(f"{server.url}/public/trap/.git") == {"done": {}}
    assert (program.root / "repo" / "zz.txt").read_text() == "last"
    assert not names(outside)


def test_settings_of_the_machine_and_of_whoever_calls_do_not_count(
    program: Program, private: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    evil = tmp_path / "evil.config"
    evil.write_text('[url "https://127.0.0.1:9/"]\n\tinsteadOf = https://\n[http]\n\tsslVerify = false\n')
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, str(evil))
    monkeypatch.setenv("GIT_TRACE_CURL", str(tmp_path / "trace"))
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    assert program.clone(private, token=TOKEN) == {"done": {}}
    assert not (tmp_path / "trace").exists()


def test_without_a_request_it_ends(program: Program) -> None:
    process = subprocess.run(["python3", "-I", "images/helper/git.py", program.root], input=b"", check=False)
    assert process.returncode == 1


def test_an_address_at_which_nobody_answers_is_a_failure_at_once(program: Program) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    answer = program.clone(f"https://127.0.0.1:{port}/x", token=TOKEN)
    assert answer["error"] == "UNREACHABLE" and f"127.0.0.1:{port}" in answer["text"]
    assert program.clone("https://no-such-host.invalid/x")["error"] == "UNREACHABLE"
    assert time.monotonic() - began < 10
    assert names(program.root) == []
