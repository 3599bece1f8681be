"""Pushes as pages show them: in words and colours, what failed first, and equal output of a command only once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workshop.models import Push, PushResult
from workshop.pushing.planning import Entry
from workshop.pushing.sending import OPEN
from workshop.pushing.words import OUTCOMES, REASONS, reason

FILES_SHOWN = 50
State = PushResult.State
_ORDER = {State.FAILED: 0, State.PARTLY: 1, State.RUNNING: 2, State.WAITING: 3, State.DONE: 4}
_CHIPS = {
    State.FAILED: ("failed", "error"), State.PARTLY: ("paused", "info"), State.RUNNING: ("busy", "busy"),
    State.WAITING: ("paused", "clock"), State.DONE: ("done", "check"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileShown:
    """What became of one file: `at`, where it is when that is not `path`; `was`, where theirs went."""

    path: str
    outcome: str
    words: str
    at: str
    was: str
    why: str


@dataclass(frozen=True, slots=True)
class ResultShown:
    """One seat. `words` sum up its files; `reason` says why it failed."""

    result: PushResult
    chip: str
    icon: str
    words: str
    reason: str
    files: list[FileShown]
    more_files: int


@dataclass(frozen=True, slots=True)
class GroupShown:
    """Seats at which a command ended alike."""

    numbers: str
    title: str
    output: str
    is_wrong: bool
    reason: str


@dataclass(frozen=True, slots=True)
class PushShown:
    """One push. `can_retry`, `can_undo`: whether there is something to try again, or to take back; `folder`:
    where it went, whole."""

    push: Push
    title: str
    words: str
    percent: int
    chip: str
    icon: str
    is_open: bool
    can_retry: bool
    can_undo: bool
    folder: str
    results: list[ResultShown] = field(default_factory=list)
    groups: list[GroupShown] = field(default_factory=list)


def push_shown(push: Push, whole: list[PushResult] | None = None) -> PushShown:
    """In words and colours; `whole`: its results, to be shown each, and for a command what it printed."""
    results = list(push.results.all()) if whole is None else whole
    count = {state: sum(one.state == state for one in results) for state in State}
    is_open = any(count[state] for state in OPEN)
    wrong = count[State.FAILED] + count[State.PARTLY]
    chip, icon = ("busy", "busy") if is_open else ("failed", "error") if count[State.FAILED] else (
        ("paused", "info") if wrong else ("done", "check"))  # fmt: skip
    return PushShown(
        push=push,
        title=_title(push),
        words=_words(count, len(results)),
        percent=100 * (len(results) - sum(count[state] for state in OPEN)) // max(1, len(results)),
        chip=chip,
        icon=icon,
        is_open=is_open,
        can_retry=not is_open and wrong > 0,
        can_undo=push.kind == Push.Kind.FILES and not is_open and not push.undone_by.all(),
        folder=f"{push.workshop.data_path}/{push.folder}",
        results=sorted(map(_result, whole or ()), key=lambda one: _ORDER[State(one.result.state)]),
        groups=_groups(whole) if whole and push.kind == Push.Kind.COMMAND else [],
    )


def numbers_shown(numbers: Iterable[int]) -> str:
    """1–3, 7."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}–{part[-1]}" for part in parts)


def _title(push: Push) -> str:
    if push.kind == Push.Kind.COMMAND:
        first = push.command.splitlines()[0]
        return first if len(first) <= 80 else f"{first[:79]}…"
    names = push.file_names
    what = names[0] if len(names) == 1 else ngettext("%(n)d file", "%(n)d files", len(names)) % {"n": len(names)}
    if push.kind == Push.Kind.UNDO:
        return _("Take back: %(what)s") % {"what": what}
    return what if len(names) == 1 or not push.folder else f"{what} → {push.folder}"


def _words(count: dict[State, int], total: int) -> str:
    """28 of 30 seats, 2 failed."""
    done = {"done": count[State.DONE], "total": total}
    parts = [ngettext("%(done)d of %(total)d seat", "%(done)d of %(total)d seats", total) % done]
    parts += [_("%(n)d in part") % {"n": count[State.PARTLY]}] if count[State.PARTLY] else []
    parts += [_("%(n)d failed") % {"n": count[State.FAILED]}] if count[State.FAILED] else []
    return ", ".join(parts)


def _result(result: PushResult) -> ResultShown:
    chip, icon = _CHIPS[State(result.state)]
    entries = [one for one in result.files if one.get("path")]
    shown = [_file(one) for one in entries if one["outcome"] or result.state in OPEN]
    shown.sort(key=lambda one: one.outcome not in ("failed", "left"))
    files = shown[:FILES_SHOWN]
    return ResultShown(
        result=result,
        chip=chip,
        icon=icon,
        words=_sum(shown),
        reason=reason(result.problem) if result.problem else "",
        files=files,
        more_files=len(shown) - len(files),
    )


def _file(entry: Entry) -> FileShown:
    at = entry["at"] if entry["at"] != entry["path"] else ""
    why = str(REASONS.get(entry["why"], entry["why"])) if entry["why"] else ""
    return FileShown(
        path=entry["path"], outcome=entry["outcome"], words=str(OUTCOMES[entry["outcome"]]), at=at,
        was=entry["was"] if entry["outcome"] == "replaced" else "", why=why,
    )  # fmt: skip


def _sum(files: list[FileShown]) -> str:
    words = [one.words for one in files]
    return ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))


def _groups(results: list[PushResult]) -> list[GroupShown]:
    """Those that ended alike together; what went wrong first, and then the largest."""
    groups: dict[tuple[object, ...], list[PushResult]] = {}
    for one in results:
        if one.state not in OPEN:
            groups.setdefault((one.state, one.exit_code, one.output, one.problem), []).append(one)
    found = sorted(groups.values(), key=lambda group: (_ORDER[State(group[0].state)], -len(group)))
    return [_group(group) for group in found]


def _group(group: list[PushResult]) -> GroupShown:
    one, n = group[0], len(group)
    title = ngettext("%(n)d seat", "%(n)d seats", n) % {"n": n}
    if one.exit_code is not None:
        title += ": " + _("exit code %(code)d") % {"code": one.exit_code}
    return GroupShown(
        numbers=numbers_shown(result.seat.number for result in group),
        title=title,
        output=one.output,
        is_wrong=one.state != State.DONE,
        reason=reason(one.problem) if one.problem else "",
    )
