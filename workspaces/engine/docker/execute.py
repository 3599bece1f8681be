"""Running one command in a container to its end, within limits of time and of output."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import closing

import docker

from workspaces.engine.base import EngineError
from workspaces.engine.docker.errors import translate
from workspaces.engine.docker.stream import DockerStream, stream_open
from workspaces.engine.inside import STDERR, STDOUT, ExecResult

MARK = "SPACES_EXEC"
"""Variable that all which a command starts inherits, with a value of its own for each command."""
TIMED_OUT = 124
KILL_SECONDS = 10.0
# Only what the shell has built in, since a container that may have no more processes cannot start another. First they
# are stopped, so that none starts more while the others end; a second look finds those that were just being born.
_KILL = """
marked() {
  for folder in /proc/[0-9]*; do
    while read -r line || [ -n "$line" ]; do
      case $line in *"$2"*) kill -"$1" "${folder#/proc/}" && found=1; break ;; esac
    done < "$folder/environ"
  done
} 2>/dev/null
marked STOP "$1"
for round in 1 2 3 4 5 6 7 8 9; do
  found=''
  marked KILL "$1"
  [ -n "$found" ] || exit 0
done
"""


def execute(
    api: docker.APIClient,
    name: str,
    argv: Sequence[str],
    *,
    user: str,
    workdir: str,
    environment: Mapping[str, str],
    stdin: bytes,
    timeout_seconds: float,
    max_bytes: int,
) -> ExecResult:
    """Run `argv`, and kill it with all that it started when it outlives `timeout_seconds`. Call it in `translate`."""
    mark = secrets.token_hex(16)
    until = time.monotonic() + timeout_seconds
    kept = Kept(max_bytes)
    stream = stream_open(
        api, name, argv, stdin=bool(stdin), user=user, workdir=workdir, environment={**environment, MARK: mark}
    )
    with closing(stream):
        if _talk(stream, stdin, kept, until):
            stream.read()
            return kept.result(stream.exit_code() or 0)
        _kill(api, name, user, mark)
    return kept.result(TIMED_OUT, timed_out=True)


class Kept:
    """What is kept of the two streams of a command: the beginning of each."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.streams = {STDOUT: bytearray(), STDERR: bytearray()}
        self.cut = False

    def add(self, kind: int, data: bytes) -> None:
        stream = self.streams[STDERR if kind == STDERR else STDOUT]
        fits = data[: self.max_bytes - len(stream)]
        stream += fits
        self.cut = self.cut or len(fits) < len(data)

    def result(self, exit_code: int, timed_out: bool = False) -> ExecResult:
        streams = self.streams
        return ExecResult(bytes(streams[STDOUT]), bytes(streams[STDERR]), exit_code, self.cut, timed_out)


def _talk(stream: DockerStream, stdin: bytes, kept: Kept, until: float) -> bool:
    """Feed it `stdin` and take all its output, both as they go; whether it ended by `until` of the monotonic clock."""
    rest = memoryview(stdin)
    while (seconds := until - time.monotonic()) > 0:
        try:
            if rest and not (rest := rest[stream.give(rest) :]):
                stream.end_input()
        except BlockingIOError:
            pass
        try:
            if (piece := stream.take()) is None:
                return True
            kept.add(*piece)
        except BlockingIOError:
            stream.wait(write=bool(rest), seconds=seconds)
    return False


def _kill(api: docker.APIClient, name: str, user: str, mark: str) -> None:
    """Afterwards nothing that carries the mark runs. A container that has ended or sleeps meanwhile is no error."""
    try:
        with translate():
            command = ["/bin/sh", "-c", _KILL, "sh", f"{MARK}={mark}"]
            with closing(stream_open(api, name, command, stdin=False, user=user)) as killer:
                _talk(killer, b"", Kept(0), time.monotonic() + KILL_SECONDS)
    except EngineError:
        return  # with the container went all that ran in it
