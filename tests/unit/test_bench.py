"""What a measurement makes of its samples; nothing here is timed."""

from __future__ import annotations

import json

import pytest

from bench.__main__ import PARTS, _parser
from bench.figures import HEAD, Figure, Target, report, shown, table

CREATE = Figure("create", "create / bare engine", "s", [0.9, 0.6, 0.5], [0.5, 0.7, 0.4], Target(1.15))
MEMORY = Figure("memory", "idle memory", "MB", [120.4], (), Target(150, absolute=True))
GATEWAY = Figure("gateway", "small answers", "/s", [8000, 8200], [10_000, 10_200], Target(0.5, least=True))
TOLD = Figure("memory", "of helpers", "MB", [3.21])


def test_a_ratio_is_that_of_the_medians() -> None:
    assert CREATE.ratio == pytest.approx(0.6 / 0.5)
    assert MEMORY.ratio is None


@pytest.mark.parametrize(
    ("figure", "ok"),
    [
        (CREATE, False),
        (MEMORY, True),
        (GATEWAY, True),
        (TOLD, None),
        (Figure("a", "exactly at the bound", "s", [1.15], [1.0], Target(1.15)), True),
        (Figure("a", "too much by itself", "MB", [150.1], (), Target(150, absolute=True)), False),
        (Figure("a", "too little", "/s", [4.9], [10.0], Target(0.5, least=True)), False),
        (Figure("a", "a ratio without a peer", "s", [1.0], (), Target(1.15)), None),
    ],
    ids=lambda value: value.what if isinstance(value, Figure) else str(value),
)
def test_a_target_holds_or_not(figure: Figure, ok: bool | None) -> None:
    assert figure.ok is ok


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.8123, "s", "0.812 s"), (4.3891, "s", "4.39 s"), (14.06, "MB", "14.1 MB"), (5170.4, "/s", "5,170 /s")],
)
def test_a_number_has_three_digits(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text


def test_the_table_has_a_line_for_each_figure_in_columns() -> None:
    head, rule, *lines = table([CREATE, MEMORY, GATEWAY, TOLD]).splitlines()
    assert head.split() == list(HEAD)
    assert set(rule) == {"-"}
    assert [line.split("  ")[0] for line in lines] == [figure.what for figure in (CREATE, MEMORY, GATEWAY, TOLD)]
    for word, line in (("0.600 s", lines[0]), ("120 MB", lines[1]), ("8,100 /s", lines[2])):
        assert line.index(word) == head.index("ours")
    assert [line.split()[-1] for line in lines[:3]] == ["NO", "yes", "yes"]
    assert "≤ 1.15" in lines[0] and "≤ 150 MB" in lines[1] and "≥ 0.5" in lines[2]


def test_the_report_holds_every_sample_and_can_be_written() -> None:
    written = json.loads(json.dumps(report([CREATE, TOLD], {"cores": 2}, 3, "2026-01-01T00:00:00+00:00")))
    assert (written["machine"], written["rounds"], written["at"]) == ({"cores": 2}, 3, "2026-01-01T00:00:00+00:00")
    create, told = written["figures"]
    assert create["ours"] == {"median": 0.6, "samples": [0.9, 0.6, 0.5]}
    assert create["peer"] == {"median": 0.5, "samples": [0.5, 0.7, 0.4]}
    assert (create["ok"], create["target"], round(create["ratio"], 2)) == (False, "≤ 1.15", 1.2)
    assert (told["peer"], told["ratio"], told["target"], told["ok"]) == (None, None, None, None)


def test_parts_can_be_chosen() -> None:
    assert list(PARTS) == ["create", "ten", "memory", "gateway", "terminal"]
    options = _parser().parse_args(["--only", "ten", "--only", "memory", "--rounds", "3"])
    assert (options.only, options.rounds, str(options.json)) == (["ten", "memory"], 3, "bench.json")
