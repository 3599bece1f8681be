"""The programs of desktops, called here without a screen; what X would answer is said by the tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

IMAGES = Path(__file__).resolve().parents[3] / "images"


@pytest.fixture(scope="session")
def inside() -> Iterator[SimpleNamespace]:
    """The modules: `inside.pictures`, `inside.server`, …"""
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # a folder of an image holds nothing else
    folders = [str(IMAGES / name) for name in ("desktop", "kicad", "blender")]
    sys.path[:0] = folders
    try:
        import start_blender
        import start_kicad
        from spaces_desktop import newest, pictures, server, session, settings, sockets, windows
    finally:
        for folder in folders:
            sys.path.remove(folder)
        sys.dont_write_bytecode = writes
    yield SimpleNamespace(
        newest=newest, pictures=pictures, server=server, session=session, settings=settings, sockets=sockets,
        windows=windows, start_kicad=start_kicad, start_blender=start_blender,
    )  # fmt: skip
