"""The two passwords of the screen, made anew at each start."""

from __future__ import annotations

import secrets
import string
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

LENGTH = 8
"""VNC looks at no more of a password (RFC 6143, 7.2.2)."""
LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Keys:
    """`control` may do everything, `look` only look."""

    control: str = field(repr=False)
    look: str = field(repr=False)


def keys_make(path: Path) -> Keys:
    """Two new passwords; `path` holds both in the form that Xvnc reads, for nobody else to read."""
    keys = Keys(*("".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(2)))
    # From input to output, since everybody in the container sees a command line.
    scrambled = subprocess.run(
        ["tigervncpasswd", "-f"], input=f"{keys.control}\n{keys.look}\n".encode(), capture_output=True, check=True
    ).stdout
    if len(scrambled) != 2 * LENGTH:
        raise RuntimeError("the password file must hold two passwords")
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(scrambled)
    return keys
