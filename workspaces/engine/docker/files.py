"""Files that a container has from the platform before it starts for the first time."""

from __future__ import annotations

import io
import re
import tarfile
import time
from collections.abc import Mapping

_PRIVATE = re.compile(r"/etc/ssh/ssh_host_[^/]+(?<!\.pub)")


def files_archive(files: Mapping[str, bytes]) -> bytes:
    """They as an archive to be unpacked at the root: root's, private keys for root alone to read."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, data in sorted(files.items()):
            info = tarfile.TarInfo(path.lstrip("/"))
            info.size, info.mtime = len(data), int(time.time())
            info.mode = 0o600 if _PRIVATE.fullmatch(path) else 0o644
            tar.addfile(info, io.BytesIO(data))
    return archive.getvalue()
