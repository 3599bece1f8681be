"""What is to become of one file at one seat, decided from what was found there. Pure.

An entry is what `PushResult.files` holds of a file, texts only: `path` below /workspace; `plan`, what was decided
(write, beside, replace; for undoing: remove, back); `outcome`, what became of it, "" while it is under way; `sha256` of
what is wished and `before` of what was there ("" for nothing, "other" for what is no file); `at`, where it is now;
`was`, where theirs went; `made`, the topmost folder that was made for it; `why`, a code of what went wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from workshop.models import Push

Entry = dict[str, str]
PUT = frozenset({"written", "beside", "replaced"})
"""Outcomes after which something of ours is there that was not before."""
_OUTCOMES = {"write": "written", "beside": "beside", "replace": "replaced", "remove": "undone", "back": "undone"}


def entry_plan(path: str, sha256: str, seen: Mapping[str, Any], existing: str, known: Collection[str]) -> Entry:
    """What is done with a file that is to be at `path`. `seen`: as the program beside the seat found it; `known`:
    sha256 of what the leader has put there before.

    What is there counts as the participant's unless it is one of these, or was not written since the seat was made.
    """
    entry = {"path": path, "sha256": sha256, "plan": "", "outcome": "", "before": "", "at": path, "was": "", "why": ""}
    if seen["is"] == "refused":
        return entry | {"outcome": "failed", "at": "", "why": str(seen["why"])}
    if seen["is"] == "nothing":
        return entry | {"plan": "write", "made": str(seen.get("missing", ""))}
    before = str(seen["sha256"]) if seen["is"] == "file" else "other"
    if before == sha256:
        return entry | {"outcome": "same"}
    if seen["is"] == "file" and (not seen["changed"] or before in known):
        return entry | {"plan": "write", "before": before}
    if existing == Push.Existing.KEEP:
        return entry | {"outcome": "kept", "at": ""}
    if existing == Push.Existing.REPLACE:
        return entry | {"plan": "replace", "before": before, "was": str(seen["mine"])}
    if seen["is_beside"]:
        return entry | {"outcome": "same", "at": str(seen["beside"])}
    return entry | {"plan": "beside", "at": str(seen["beside"])}


def entry_undo(entry: Entry, kept: Collection[str]) -> Entry | None:
    """What takes back what became of `entry`; None when nothing has to be. `kept`: sha256 of what was there before and
    is still known."""
    if entry["outcome"] not in PUT:
        return None
    undo = {"path": entry["at"], "sha256": "", "plan": "remove", "outcome": "", "before": entry["sha256"],
            "at": "", "was": "", "why": "", "made": entry.get("made", "")}  # fmt: skip
    if entry["outcome"] == "replaced":
        return undo | {"plan": "back", "path": entry["path"], "was": entry["was"]}
    if entry["outcome"] == "beside" or not entry["before"]:
        return undo
    if entry["before"] not in kept:
        return undo | {"outcome": "left", "why": "NOT_KEPT"}
    return undo | {"plan": "write", "sha256": entry["before"]}


def entry_done(entry: Entry, why: str, *, undoes: bool) -> Entry:
    """It, after it was tried: `why` is what the program refused it for, "" when it did it."""
    if not why:
        return entry | {"outcome": "undone" if undoes else _OUTCOMES[entry["plan"]], "why": ""}
    if undoes and why == "CHANGED":
        return entry | {"outcome": "left", "why": why}
    return entry | {"outcome": "failed", "at": "", "why": why}
