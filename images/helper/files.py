"""Works on the files of one workspace, as their owner: `files.py OPERATION [ROOT]`, asked and answered by files_wire.

Run in a container beside the workspace, which has nothing but its volume. Only the standard library is there.
"""

from __future__ import annotations

import os
import resource
import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # which python -I leaves out

from files_tree import Refused, refusal, root_known_as
from files_wire import Gone, Wire

OPERATIONS = {
    "list": ("files_read", "list_folder"),
    "read": ("files_read", "read"),
    "usage": ("files_read", "usage"),
    "archive": ("files_archive", "archive"),
    "write": ("files_write", "write"),
    "sync": ("files_write", "sync"),
    "mkdir": ("files_write", "make_folder"),
    "rename": ("files_write", "rename"),
    "delete": ("files_write", "delete"),
    "seat-look": ("files_seat", "look_at"),
    "seat-apply": ("files_seat", "apply"),
}
MOST_OPEN = 4096


def become_owner(folder: int) -> None:
    """From here on this process may do what the owner of the open `folder` may, and nothing else."""
    owner = os.fstat(folder)
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)
    os.umask(0o022)


def main(operation: str, root: str = "/workspace") -> int:
    """Do it; 0 when it is done, 1 when it was refused, 2 when that showed too late to be said, 3 when nobody cared."""
    module, name = OPERATIONS[operation]
    act = getattr(import_module(module), name)
    folder = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    become_owner(folder)
    _least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_OPEN if most < 0 else min(most, MOST_OPEN), most))
    wire, asked = Wire(), {}
    try:
        asked = wire.request()
        root_known_as(asked.get("at", "/workspace"))
        act(folder, asked, wire)
    except (Gone, BrokenPipeError):
        return 3
    except Refused as error:
        return _refuse(wire, error)
    except OSError as error:
        return _refuse(wire, refusal(error, str(asked.get("path", ""))))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        sys.stderr.write(f"{operation}: {error!r}\n")
        return _refuse(wire, Refused("INVALID", ""))
    return 0


def _refuse(wire: Wire, error: Refused) -> int:
    if wire.streaming:
        sys.stderr.write(f"{error.error}\n")
        sys.stderr.flush()
        os._exit(2)  # at once, or an open zip would write its end and look whole
    wire.answer(error=error.error, path=error.path)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
