"""Clones into a folder that nobody sees before all of it is there. Twice is fine, also after a kill in the middle."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from hashlib import sha256
from typing import Any

from git_run import Problem, Ran, Runner
from git_tree import content, entered, remove, replace

MARK = "spaces-clone"
"""A file in .git that says for which request a clone was made."""
PHASES = {
    "Counting objects": (2, 5),
    "Compressing objects": (5, 10),
    "Receiving objects": (10, 75),
    "Resolving deltas": (75, 85),
    "Updating files": (85, 99),
}
"""What git says it is doing, and from what to what percentage of all its work that is about."""
EACH_SECONDS = 0.25
_PROGRESS = re.compile(r"(?:remote: )?(?P<phase>[A-Z][a-z]+ [a-z]+): +(?P<percent>\d+)% .*")


def clone(request: dict[str, Any], root_fd: int, runner: Runner) -> dict[str, Any]:
    """`url` is at `path` below the volume, on `branch`. `mark` tells this request from all others, and is no secret.

    Raises `Problem`: UNREACHABLE, CLONE_FAILED with git's last words, NOT_EMPTY for a destination that has something
    else in it.
    """
    *above, name = str(request["path"]).split("/")
    draft = f".spaces-clone-{sha256(name.encode()).hexdigest()[:16]}"
    with entered(root_fd, above, make=True) as parent:
        if content(parent, [name, ".git", MARK], 1000) == str(request["mark"]).encode():
            return {}
        check_free(parent, name)
        remove(parent, draft)
        try:
            fetch(request, parent, draft, runner)
            check_out(parent, draft, runner)
            with entered(parent, [draft, ".git"]) as git_dir:
                replace(git_dir, MARK, str(request["mark"]).encode())
            os.rename(draft, name, src_dir_fd=parent, dst_dir_fd=parent)
        except BaseException:
            with contextlib.suppress(OSError):
                remove(parent, draft)
            raise
    return {}


def check_free(parent: int, name: str) -> None:
    """Raises `Problem` (NOT_EMPTY) unless there is nothing of that name, or a folder with nothing in it."""
    try:
        mode = os.lstat(name, dir_fd=parent).st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        with entered(parent, [name]) as there:
            if not os.listdir(there):  # noqa: PTH208 - of a descriptor
                return
    raise Problem("NOT_EMPTY", name)


def fetch(request: dict[str, Any], parent: int, draft: str, runner: Runner) -> None:
    """The repository and nothing of its content: while files are written the token is gone already."""
    url, branch = str(request["url"]), str(request.get("branch", ""))
    args = ["clone", "--no-checkout", "--progress", "--template=", "--no-recurse-submodules", "--origin=origin"]
    args += [f"--branch={branch}"] if branch else []
    told = Told(runner)
    runner.reach(url)
    check(runner.remote([*args, "--", url, f"./{draft}"], url, cwd=f"/proc/self/fd/{parent}", on_line=told))


def check_out(parent: int, draft: str, runner: Runner) -> None:
    """Its files, unless it has none yet."""
    inside = ["--git-dir=.git", "--work-tree=."]
    with entered(parent, [draft]) as folder:
        here = f"/proc/self/fd/{folder}"
        if runner.local([*inside, "rev-parse", "--verify", "--quiet", "HEAD"], cwd=here).exit_code == 0:
            check(runner.local([*inside, "checkout", "--force", "--progress"], cwd=here, on_line=Told(runner)))


def check(ran: Ran) -> None:
    """Raises `Problem` (CLONE_FAILED) when git did not do it."""
    if ran.exit_code:
        raise Problem("CLONE_FAILED", ran.last_words() or f"git: {ran.exit_code}")


class Told:
    """Hears git's lines and passes on how far it is, not too often."""

    def __init__(self, runner: Runner) -> None:
        self._runner, self._last = runner, 0.0

    def __call__(self, line: str) -> bool:
        """Whether it was a line about progress."""
        match = _PROGRESS.fullmatch(line)
        if match is None or match["phase"] not in PHASES:
            return bool(match)
        if time.monotonic() - self._last >= EACH_SECONDS or match["percent"] == "100":
            self._last = time.monotonic()
            begin, end = PHASES[match["phase"]]
            percent = begin + (end - begin) * min(100, int(match["percent"])) // 100
            self._runner.say({"percent": percent, "detail": self._runner.scrubbed(line)[:200]})
        return True
