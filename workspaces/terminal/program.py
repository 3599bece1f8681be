"""What the platform runs in a container to look at a shell there: a few lines that read the rest from their input."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TypedDict

INSIDE = Path(__file__).resolve().parent.parent / "inside"
MODULES = ("watch", "screen", "shell", "viewer", "keeper", "attach")
_BEGIN = """
import json,os,sys,types
n,wish,text=int(sys.argv[1]),json.loads(sys.argv[2]),b""
while len(text)<n:
  part=os.read(0,n-len(text))
  if not part:sys.exit(1)
  text+=part
for name,source in json.loads(text):
  module=sys.modules[name]=types.ModuleType(name)
  exec(compile(source,name,"exec"),module.__dict__)
sys.exit(module.main(wish))
"""


class Wish(TypedDict, total=False):
    """Which terminal, and how large it is when it is new. `folder`: where shells begin. `runtime`: for sockets."""

    name: str
    columns: int
    rows: int
    folder: str
    runtime: str


def command(wish: Wish, python: str = "python3") -> list[str]:
    """What to run; `source()` comes first on its input, and what the person types after that."""
    # Without the person's own settings of Python, and without looking for packages, which takes as long again.
    return [python, "-ISc", _BEGIN, str(len(source())), json.dumps(wish)]


@cache
def source() -> bytes:
    """The program's modules as JSON, in the order in which they need each other."""
    modules = [(f"workspaces.inside.{name}", (INSIDE / f"{name}.py").read_text()) for name in MODULES]
    return json.dumps(modules).encode()
