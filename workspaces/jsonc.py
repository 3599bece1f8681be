"""Settings files of VS Code: JSON with comments and commas too many, in which one value is changed and no other text.

The grammar is JSON's (RFC 8259) with `//` and `/* */` comments and a comma after the last item, as VS Code reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_TOKEN = re.compile(
    r"""(?P<space>(?:\s|//[^\n\r]*|/\*.*?\*/)+)
      | (?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")
      | (?P<word>-?\d[\d.eE+-]*|true|false|null)
      | (?P<mark>[{}\[\]:,])""",
    re.VERBOSE | re.DOTALL,
)
_DEEPEST = 200


class NotJsonc(Exception):
    """The text is not an object in JSON with comments."""


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


def jsonc_read(text: str) -> dict[str, Any]:
    """The object in `text`; an empty text is an empty object. Raises `NotJsonc`."""
    tokens = _tokens(text)
    if not tokens:
        return {}
    plain = " ".join(token.text for token in _without_last_commas(tokens))
    try:
        value = json.loads(plain)
    except (ValueError, RecursionError) as error:
        raise NotJsonc from error
    if not isinstance(value, dict):
        raise NotJsonc
    return value


def jsonc_set(text: str, key: str, value: Any) -> str:
    """`text` with `value` under `key` in its outermost object; everything else is as it was. Raises `NotJsonc`."""
    has_it = key in jsonc_read(text)
    tokens = _tokens(text)
    written = json.dumps(value, ensure_ascii=False)
    if not tokens:
        return f"{{\n  {json.dumps(key)}: {written}\n}}\n"
    if has_it:
        start, end = _value_of(tokens, key)
        return text[:start] + written + text[end:]
    opening, following = tokens[0], tokens[1]
    comma = "" if following.text == "}" else ","
    line_end = "" if comma and text[opening.end : opening.end + 1] in "\r\n" else "\n"
    return f"{text[: opening.end]}\n  {json.dumps(key)}: {written}{comma}{line_end}{text[opening.end :]}"


def _tokens(text: str) -> list[_Token]:
    """All but blanks and comments. Raises `NotJsonc` at what is none of it."""
    found, position, depth = [], 0, 0
    if text.startswith("\ufeff"):
        position = 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise NotJsonc
        if match.lastgroup != "space":
            found.append(_Token(str(match.lastgroup), match.group(), match.start(), match.end()))
            depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(match.group(), 0)
            if depth > _DEEPEST:
                raise NotJsonc
        position = match.end()
    return found


def _without_last_commas(tokens: list[_Token]) -> Iterator[_Token]:
    """As plain JSON has it: without a comma between the last item and the bracket behind it."""
    for index, token in enumerate(tokens):
        before, after = tokens[index - 1 : index], tokens[index + 1 : index + 2]
        last = after and after[0].text in ("}", "]") and before and before[0].text not in ("{", "[", ",")
        if token.text != "," or not last:
            yield token


def _value_of(tokens: list[_Token], key: str) -> tuple[int, int]:
    """Where the value of `key` in the outermost object stands; the last one, which is the one that counts."""
    depth, place = 0, (0, 0)
    for index, token in enumerate(tokens):
        if token.text in ("{", "["):
            depth += 1
        elif token.text in ("}", "]"):
            depth -= 1
        elif depth == 1 and token.kind == "string" and tokens[index + 1].text == ":" and json.loads(token.text) == key:
            place = tokens[index + 2].start, _end_of(tokens, index + 2)
    return place


def _end_of(tokens: list[_Token], index: int) -> int:
    """Where the value that begins with that token ends."""
    depth = 0
    for token in tokens[index:]:
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token.text, 0) if token.kind == "mark" else 0
        if depth == 0:
            return token.end
    raise NotJsonc
