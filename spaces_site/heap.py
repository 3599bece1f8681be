"""How the C library keeps the memory that it handed out. Its defaults are for programs that care for speed alone."""

from __future__ import annotations

import contextlib
import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""The numbers of `mallopt(3)`."""
ARENAS = 2
KEPT_BYTES = 1024**2


def heap_keep_small() -> None:
    """Afterwards this process gives back what it no longer needs: a fifth of what it would hold. Call before threads.

    By default each thread takes a heap of its own, which keeps what a migration or a build once needed in it. Does
    nothing where the C library is another than glibc.
    """
    with contextlib.suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.mallopt(M_ARENA_MAX, ARENAS)
        library.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        library.mallopt(M_MMAP_THRESHOLD, KEPT_BYTES)
