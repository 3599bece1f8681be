"""The variables that an owner gives a workspace."""

from __future__ import annotations

import pytest

from spaces_site.errors import Invalid
from workspaces.services.environment import environment_check, environment_parse


@pytest.mark.parametrize(
    "variables",
    [{}, {"A": ""}, {"_a1": "x=y\nz ü"}, {"PATH": "/bin", "LD_PRELOAD": "x"}, {f"V{n}": "" for n in range(64)}],
)
def test_variables_are_taken_as_they_are(variables: dict[str, str]) -> None:
    assert environment_check(variables) == variables


@pytest.mark.parametrize(
    "variables",
    [
        {"": "x"}, {"1A": "x"}, {"A-B": "x"}, {"A B": "x"}, {"A=B": "x"}, {"Ä": "x"}, {"A\n": "x"}, {"A": "x\0y"},
        {"A": "\udcff"}, {"A": 1}, {"A": None}, {"SPACES_WORKSPACE": "x"}, {"VSCODE_PROXY_URI": "x"},
        {f"V{n}": "" for n in range(65)}, {"A": "x" * 32 * 1024}, {"A": "ü" * 17_000},
    ],
)  # fmt: skip
def test_what_cannot_be_one_is_refused(variables: dict[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        environment_check(variables)
    assert caught.value.code == "ENVIRONMENT_INVALID"
    assert caught.value.details["environment"]


def test_a_form_has_one_per_line() -> None:
    text = "A=1\r\n\r\n# a remark\n  B =x = y \nC=\n"
    assert environment_parse(text) == {"A": "1", "B": "x = y ", "C": ""}


def test_mistakes_in_a_form_are_named_by_their_line() -> None:
    with pytest.raises(Invalid) as caught:
        environment_parse("A=1\nnonsense\n\n2B=x\nA=2")
    said = caught.value.details["environment"]
    assert "Line 2" in said and "Line 4" in said and "Line 5" in said and "Line 1" not in said


def test_a_refusal_does_not_repeat_a_value() -> None:
    with pytest.raises(Invalid) as caught:
        environment_parse("A-B=hunter2\nC=hunter2\0")
    assert "hunter2" not in caught.value.message + repr(caught.value.details)
