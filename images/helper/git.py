"""Clones into and pushes from a workspace's volume: one request as a line of JSON on standard input, answers as lines.

The repository is not to be trusted, the request is. Runs as the owner of the volume. The end of its input means that
nobody waits any more. The last answer has "done" or "error"; those before say how far it is.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))  # which -I leaves out

from git_clone import clone
from git_push import look, push
from git_run import Abandoned, Problem, Runner, TooLong

MOST_REQUEST = 512 * 1024
OPERATIONS = {"clone": clone, "look": look, "push": push}


def main() -> int:
    """0 when the request was answered, be it with an error; 1 when nobody waits for the answer."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else "/workspace")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is below "finally" is done
    os.umask(0o022)
    request = read_request()
    if request is None:
        return 1
    become_owner(root)
    folder = Path(tempfile.mkdtemp(prefix="spaces-git-"))
    try:
        answer(request, root, folder)
    except (Abandoned, BrokenPipeError):
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def read_request() -> dict[str, Any] | None:
    """The first line of the input; None when it ends before."""
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = os.read(0, 65536)
        if not piece or len(line) > MOST_REQUEST:
            return None
        line += piece
    return dict(json.loads(line))


def become_owner(root: Path) -> None:
    """Give up every right but those of the volume's owner, for good."""
    owner = root.stat()
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


def answer(request: dict[str, Any], root: Path, folder: Path) -> None:
    """Do what is asked and say how it ended."""
    runner = Runner(request, folder, say)
    root_fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        say({"done": OPERATIONS[request["op"]](request, root_fd, runner)})
    except Problem as problem:
        say({"error": problem.code, "text": runner.scrubbed(problem.text)})
    except TooLong:
        say({"error": "TIMEOUT", "text": ""})
    except OSError as problem:
        say({"error": "DISK", "text": problem.strerror or ""})
    finally:
        os.close(root_fd)


def say(message: dict[str, Any]) -> None:
    """One line of answer, at once."""
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
