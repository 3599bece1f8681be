"""The program that works on the files of a workspace, called here without a container around it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).resolve().parents[3] / "images" / "helper"


class Heard:
    """Stands for the wire: `words` are the answers, `data` what followed; `sent` are the frames that come in."""

    def __init__(self, sent: list[bytes] | None = None) -> None:
        self.words: list[dict[str, Any]] = []
        self.data = b""
        self.sent = list(sent or [])

    def answer(self, **words: Any) -> None:
        self.words.append(words)

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def frame(self) -> bytes:
        return self.sent.pop(0) if self.sent else b""

    def frames(self) -> Iterator[bytes]:
        while piece := self.frame():
            yield piece

    def flush(self) -> None: ...
    def end_with_caller(self) -> None: ...


Act = Callable[..., Heard]


@pytest.fixture(scope="session")
def act() -> Iterator[Act]:
    """`act(root, "write", sent=[b"x"], path="f")`: that operation, whose refusals are raised."""
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # a folder of an image holds nothing else
    sys.path.insert(0, str(PROGRAM))
    try:
        import files_archive
        import files_read
        import files_write
    finally:
        sys.path.remove(str(PROGRAM))
        sys.dont_write_bytecode = writes
    operations: dict[str, Callable[..., None]] = {
        "list": files_read.list_folder, "read": files_read.read, "usage": files_read.usage,
        "archive": files_archive.archive, "write": files_write.write, "sync": files_write.sync,
        "mkdir": files_write.make_folder, "rename": files_write.rename, "delete": files_write.delete,
    }  # fmt: skip

    def run(root: Path, operation: str, sent: list[bytes] | None = None, **asked: Any) -> Heard:
        folder, heard = os.open(root, os.O_PATH | os.O_DIRECTORY), Heard(sent)
        try:
            operations[operation](folder, asked, heard)
        finally:
            os.close(folder)
        return heard

    yield run
