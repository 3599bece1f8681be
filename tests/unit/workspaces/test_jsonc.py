"""One value of a settings file is changed, and not a letter beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.jsonc import NotJsonc, jsonc_read, jsonc_set

COMMENTED = """\
// what I like
{
  /* big */ "editor.fontSize": 14, // points
  "url": "https://example.org/*no comment*/",
  "nested": {"theme": "inner", "list": [1, 2, {"theme": 3},],},
  "theme": "Old" /* the old one */,
}
"""


def test_a_value_is_changed_and_all_else_stays() -> None:
    assert jsonc_set(COMMENTED, "theme", "New “one”") == COMMENTED.replace('"Old"', '"New “one”"')


def test_a_key_that_is_missing_comes_first() -> None:
    text = jsonc_set(COMMENTED, "other", True)
    assert text == COMMENTED.replace("{\n  /* big", '{\n  "other": true,\n  /* big')
    assert jsonc_read(text) == {"other": True, **jsonc_read(COMMENTED)}


@pytest.mark.parametrize(
    "text", ["", " \n", "// nothing yet\n", "{}", "{ }", "{\n}", "{ // here\n}", "\ufeff{}", '{"a":1}']
)
def test_every_beginning_of_a_file_takes_a_key(text: str) -> None:
    before = jsonc_read(text)
    assert jsonc_read(jsonc_set(text, "theme", "Dark")) == {**before, "theme": "Dark"}


def test_of_a_key_that_stands_twice_the_last_one_counts() -> None:
    assert jsonc_set('{"a": 1, "a": {"b": 2}}', "a", 3) == '{"a": 1, "a": 3}'


@pytest.mark.parametrize(
    "text",
    ["[]", "3", "null", "{", '{"a"}', '{"a": }', "{,}", '{"a": 1,,}', "{'a': 1}", '{"a": 1} {', '{"a": "\n"}',
     "/* open", "[" * 100_000, '{"a":' * 100_000, '{"a": nope}', '{"a": 01x}'],
    ids=range(16),
)  # fmt: skip
def test_what_cannot_be_read_is_left_alone(text: str) -> None:
    with pytest.raises(NotJsonc):
        jsonc_set(text, "theme", "Dark")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(before=st.dictionaries(st.text(max_size=5), VALUES, max_size=4), key=st.text(max_size=5), value=VALUES)
def test_any_object_keeps_its_other_keys(before: dict[str, Any], key: str, value: Any) -> None:
    for text in (json.dumps(before), json.dumps(before, indent=2, ensure_ascii=False)):
        assert json.loads(jsonc_set(text, key, value)) == {**before, key: value}
