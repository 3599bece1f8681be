"""What was measured, and how it reads: medians, ratios, targets, the table, the JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

HEAD = ("what", "ours", "peer", "ratio", "target", "ok")


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on the ratio ours / peer; with `absolute` on ours itself; with `least` from below."""

    limit: float
    least: bool = False
    absolute: bool = False

    def holds(self, value: float) -> bool:
        return value >= self.limit if self.least else value <= self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `name`: the part of the run it is from; `ours` and `peer`: all samples, in `unit`.

    What has no `peer` stands alone; what has no `target` is only told.
    """

    name: str
    what: str
    unit: str
    ours: Sequence[float]
    peer: Sequence[float] = ()
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        """Median by median; None without a peer."""
        return median(self.ours) / median(self.peer) if self.peer else None

    @property
    def ok(self) -> bool | None:
        """Whether the target holds; None where there is nothing to hold."""
        value = median(self.ours) if self.target and self.target.absolute else self.ratio
        return None if self.target is None or value is None else self.target.holds(value)


def table(figures: Sequence[Figure]) -> str:
    """All figures, one a line, in columns."""
    rows = [HEAD, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def report(figures: Sequence[Figure], machine: Mapping[str, Any], rounds: int, at: str) -> dict[str, Any]:
    """Everything that was measured, for programs; `at` is ISO 8601."""
    return {"at": at, "rounds": rounds, "machine": dict(machine), "figures": [_as_json(figure) for figure in figures]}


def shown(value: float, unit: str) -> str:
    """Three significant digits, more only where a whole number has them: `0.812 s`, `14.1 MB`, `5,170 /s`."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 3 if value < 1 else 2
    return f"{value:,.{digits}f} {unit}"


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.what,
        shown(median(figure.ours), figure.unit),
        shown(median(figure.peer), figure.unit) if figure.peer else "",
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        _target_shown(figure),
        {None: "", True: "yes", False: "NO"}[figure.ok],
    )


def _target_shown(figure: Figure) -> str:
    target = figure.target
    if target is None:
        return ""
    bound = shown(target.limit, figure.unit) if target.absolute else f"{target.limit:g}"
    return ("≥ " if target.least else "≤ ") + bound


def _as_json(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "what": figure.what,
        "unit": figure.unit,
        "ours": {"median": median(figure.ours), "samples": list(figure.ours)},
        "peer": {"median": median(figure.peer), "samples": list(figure.peer)} if figure.peer else None,
        "ratio": figure.ratio,
        "target": _target_shown(figure) or None,
        "ok": figure.ok,
    }
