"""Pushes what a workspace's repository has, without running git in that repository.

Its configuration, hooks and attributes are the workspace's, and git would obey them with the token at hand. So the few
files that matter are read here, and the push goes out from a new repository that only borrows the objects.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from git_run import Problem, Runner, TooLong
from git_tree import content, entered, replace, step

MOST_CONFIG = 1024**2
MOST_REFS = 64 * 1024**2
_ID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_HEAD = re.compile(r"ref: refs/heads/(?P<branch>[^\x00-\x20]+)")


def look(request: dict[str, Any], root_fd: int, runner: Runner) -> dict[str, Any]:
    """What would be pushed: `branch`, `commit` and `url`, none of them checked. `branch` "" stands for the current one.

    Raises `Problem`: NO_FOLDER, LINKED, NO_REPOSITORY, NO_REMOTE, NO_BRANCH.
    """
    with entered(root_fd, parts_of(request["path"])) as folder, git_dir_of(folder) as git_dir:
        url = url_of(git_dir, str(request["remote"]), runner)
        branch = str(request.get("branch", "")) or current_branch(git_dir)
        return {"url": url, "branch": branch, "commit": commit_of(git_dir, branch)}


def push(request: dict[str, Any], root_fd: int, runner: Runner) -> dict[str, Any]:
    """`commit` is what `branch` is at `url`, and the repository in the volume knows. How git ended and what it said."""
    path, url, commit = str(request["path"]), str(request["url"]), str(request["commit"])
    branch = str(request["branch"])
    with entered(root_fd, parts_of(path)) as folder, git_dir_of(folder) as git_dir:
        with entered(git_dir, ["objects"]) as objects_fd:
            objects = str(Path(f"/proc/self/fd/{objects_fd}").readlink())
        shallow = content(git_dir, ["shallow"], MOST_REFS)
        bare = borrow(objects, commit, shallow, runner)
        args = [f"--git-dir={bare}", "push", "--no-verify", "--no-signed", "--", url, f"{commit}:refs/heads/{branch}"]
        try:
            runner.reach(url)
            ran = runner.remote(args, url, cwd=str(runner.folder))
        except TooLong:
            return ended(124, "", timed_out=True)
        except Problem as problem:
            return ended(128, f"fatal: unable to reach {problem.text}\n")
        if ran.exit_code == 0:
            note(git_dir, str(request["remote"]), branch, commit)
    return ended(ran.exit_code, ran.stderr, stdout=ran.stdout, cut=ran.cut)


def ended(
    exit_code: int, stderr: str, *, stdout: str = "", cut: bool = False, timed_out: bool = False
) -> dict[str, Any]:
    """How a push ended, in words and as `exit_code`."""
    return {"stdout": stdout, "stderr": stderr, "exit_code": exit_code, "cut": cut, "timed_out": timed_out}


def parts_of(path: str) -> list[str]:
    """The folders on the way; none for the volume itself."""
    return path.split("/") if path else []


@contextlib.contextmanager
def git_dir_of(folder: int) -> Iterator[int]:
    """A descriptor of the .git folder. A file or symlink in its place would lead elsewhere, and is refused."""
    try:
        git_dir = step(".git", folder)
    except Problem as problem:
        raise Problem("NO_REPOSITORY" if problem.code == "NO_FOLDER" else problem.code) from None
    try:
        yield git_dir
    finally:
        os.close(git_dir)


def url_of(git_dir: int, remote: str, runner: Runner) -> str:
    """Where the remote of that name is, read from a copy of the configuration that includes nothing."""
    copy = runner.folder / "config"
    copy.write_bytes(content(git_dir, ["config"], MOST_CONFIG) or b"")
    for key in ("pushurl", "url"):
        args = ["config", "--file", str(copy), "--no-includes", "--get", f"remote.{remote}.{key}"]
        ran = runner.local(args, cwd=str(runner.folder))
        if ran.exit_code == 0 and ran.stdout.strip():
            return ran.stdout.removesuffix("\n")
    raise Problem("NO_REMOTE", remote)


def current_branch(git_dir: int) -> str:
    """The branch that HEAD stands on. Raises `Problem` (NO_BRANCH) when it stands on none."""
    match = _HEAD.fullmatch((content(git_dir, ["HEAD"], 1000) or b"").decode(errors="replace").strip())
    if match is None:
        raise Problem("NO_BRANCH", "HEAD")
    return match["branch"]


def commit_of(git_dir: int, branch: str) -> str:
    """The object that the branch is. Raises `Problem` (NO_BRANCH) when there is none, or no commit yet."""
    if ".." in branch.split("/"):
        raise Problem("NO_BRANCH", branch)
    loose = content(git_dir, ["refs", "heads", *branch.split("/")], 1000)
    if loose and _ID.fullmatch(text := loose.decode(errors="replace").strip()):
        return text
    packed = (content(git_dir, ["packed-refs"], MOST_REFS) or b"").decode(errors="surrogateescape")
    for line in packed.split("\n"):
        commit, _blank, name = line.partition(" ")
        if name == f"refs/heads/{branch}" and _ID.fullmatch(commit):
            return commit
    raise Problem("NO_BRANCH", branch)


def borrow(objects: str, commit: str, shallow: bytes | None, runner: Runner) -> str:
    """A repository of our own with nothing in it that could act, which finds its objects in `objects`."""
    bare = runner.folder / "push.git"
    object_format = "sha256" if len(commit) == 64 else "sha1"
    args = ["init", "--quiet", "--bare", "--template=", f"--object-format={object_format}", str(bare)]
    ran = runner.local(args, cwd=str(runner.folder))
    if ran.exit_code:
        raise Problem("PUSH_FAILED", ran.last_words())
    (bare / "objects" / "info").mkdir(exist_ok=True)
    (bare / "objects" / "info" / "alternates").write_text(f"{objects}\n")
    if shallow:
        (bare / "shallow").write_bytes(shallow)
    return str(bare)


def note(git_dir: int, remote: str, branch: str, commit: str) -> None:
    """The repository knows what the remote has now. That it cannot be told so is no reason to fail: a fetch will."""
    path = ["refs", "remotes", *remote.split("/"), *branch.split("/")]
    with contextlib.suppress(OSError, Problem), entered(git_dir, path[:-1], make=True) as folder:
        replace(folder, path[-1], f"{commit}\n".encode())
