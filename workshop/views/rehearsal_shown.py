"""Rehearsals as pages show them: the verdict, what to do about each thing that was found, and every seat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workshop.models import Rehearsal
from workshop.rehearsing.performing import findings_of
from workshop.rehearsing.stages import STAGES, percent_of
from workshop.rehearsing.verdict import WARNINGS
from workspaces.reasons import reason_shown

STAGE_WORDS = {
    "make": gettext_lazy("being made"),
    "open": gettext_lazy("being opened"),
    "pause": gettext_lazy("being paused"),
    "wake": gettext_lazy("being woken"),
    "check": gettext_lazy("being checked"),
    "done": gettext_lazy("done"),
}
PROBLEMS = {
    "NOT_MADE": gettext_lazy("It could not be made."),
    "SENT_AWAY": gettext_lazy("Its address led to another one."),
    "ANSWERED": gettext_lazy("Its address answered with an error."),
    "SILENT": gettext_lazy("Nothing answered at its address in time."),
    "APP_MISSING": gettext_lazy("Its application did not appear on the desktop in time."),
    "COMMAND": gettext_lazy("The check command failed."),
    "ENDED": gettext_lazy("It ended by itself."),
    "GONE": gettext_lazy("It was deleted meanwhile."),
    "STOPPED": gettext_lazy("It did not run when it was to be checked."),
    "TOO_LONG": gettext_lazy("It was not ready in time."),
    "ENGINE": gettext_lazy("The engine that runs workspaces refused."),
}


@dataclass(frozen=True, slots=True)
class FindingShown:
    """One thing to know before the evening, and what to do about it."""

    text: str
    hint: str
    is_warning: bool


@dataclass(frozen=True, slots=True)
class SeatShown:
    """One seat of it: all in words."""

    name: str
    stage: str
    is_over: bool
    problem: str
    made: str
    answer: str
    wake: str
    exit_code: int | None
    output: str
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class RehearsalShown:
    """One rehearsal. `words`: the verdict, or what it is at."""

    rehearsal: Rehearsal
    words: str
    chip: str
    icon: str
    percent: int
    is_open: bool
    can_cancel: bool
    findings: list[FindingShown]
    seats: list[SeatShown]


def rehearsal_shown(found: Rehearsal) -> RehearsalShown:
    """In words and colours; failed seats first."""
    is_open = found.state == Rehearsal.State.RUNNING
    codes = findings_of(found)
    is_measured = bool(found.verdict or found.problem)
    seats = sorted((_seat(one) for one in found.results), key=lambda one: not one.problem)
    if found.verdict:
        words = _("Go: everything is ready") if found.verdict == "go" else _("No go: see what is to be done")
        chip, icon = ("done", "check") if found.verdict == "go" else ("failed", "error")
    elif found.problem:
        words, chip, icon = _("Cancelled"), "paused", "info"
    else:
        stage = min((STAGES.index(one["stage"]) for one in found.results), default=0)
        words, chip, icon = _("Seats are %(doing)s") % {"doing": STAGE_WORDS[STAGES[stage]]}, "busy", "busy"
    if is_open and is_measured:
        words = _("%(words)s. Its seats are being removed") % {"words": words}
    return RehearsalShown(
        rehearsal=found,
        words=words,
        chip=chip,
        icon=icon,
        percent=percent_of(found),
        is_open=is_open,
        can_cancel=is_open and not is_measured,
        findings=[_finding(one) for one in codes if one["code"] != "CANCELLED"],
        seats=seats,
    )


def _seat(one: dict[str, Any]) -> SeatShown:
    code, _colon, more = str(one.get("problem", "")).partition(": ")
    text = str(PROBLEMS.get(code, code))
    return SeatShown(
        name=one["name"],
        stage=str(STAGE_WORDS[one["stage"]]),
        is_over=one["stage"] == "done",
        problem=f"{text} ({reason_shown(more)})" if more else text,
        made=_ms(one.get("made_ms")),
        answer=_ms(one.get("answer_ms")),
        wake=_ms(one.get("wake_ms")),
        exit_code=one.get("exit_code"),
        output=one.get("output", ""),
        memory_bytes=one.get("memory_bytes"),
    )


def _ms(value: int | None) -> str:
    return "" if value is None else _("%(n)s ms") % {"n": number_format(value, force_grouping=True)}


def _finding(one: dict[str, Any]) -> FindingShown:
    figures: dict[str, object] = {name: filesizeformat(one[name]) for name in ("needed", "has", "each") if name in one}
    figures |= {name: one[name] for name in ("n", "of", "seats", "fit") if name in one}
    figures |= {name: number_format(one[name], 1) for name in ("seconds", "limit") if name in one}
    if one["code"] == "NEAR_LIMIT":
        figures["limit"] = filesizeformat(one["limit"])
    text, hint = {
        "FAILED": (
            _("%(n)s of %(of)s seats failed."),
            _("Look at the reasons below, correct the prepared workspace, take its state anew, and rehearse again."),
        ),
        "SLOW_OPEN": (
            _("The slowest seat took %(seconds)s s to open; %(limit)s s is what people wait without asking."),
            _("Give each seat more CPU, or let fewer start at once."),
        ),
        "SLOW_WAKE": (
            _("The slowest seat took %(seconds)s s to wake; it should be %(limit)s s at most."),
            _("The machine is busy when all come at once. Keep other work away from it in that time."),
        ),
        "MEMORY": (
            _("%(seats)s seats need %(needed)s of memory, at %(each)s each; the machine has %(has)s."),
            _("%(fit)s seats fit. Make fewer, or close what the prepared workspace keeps running."),
        ),
        "DISK": (
            _("%(seats)s seats need %(needed)s of disk, at %(each)s each; %(has)s are free."),
            _("Make room on the disk, or move large files from /workspace into the image of the prepared workspace."),
        ),
        "SLOW_MADE": (
            _("The slowest seat took %(seconds)s s to be made."),
            _("Make the seats well before the workshop begins, so that nobody waits for that."),
        ),
        "NEAR_LIMIT": (
            _("A seat used %(each)s of its %(limit)s of memory just after it was opened."),
            _("Give each seat more memory, or programs will be ended when people begin to work."),
        ),
        "MEMORY_GROWS": (
            _("If all %(seats)s seats use their %(each)s of memory, they need %(needed)s; the machine has %(has)s."),
            _("Desktops begin with little. Open what people will work on in one of them, and look at its figures."),
        ),
        "INTERNAL_ERROR": (_("An error inside the platform; its log says more."), _("Try again.")),
    }[one["code"]]
    return FindingShown(text % figures, hint % figures, one["code"] in WARNINGS)
