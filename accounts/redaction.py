"""Takes what looks like a secret out of a text that is going to be kept. Rather one too many than one too few."""

from __future__ import annotations

import re
from typing import Any

HIDDEN = "[hidden]"
MOST_CHARACTERS = 4096
"""Longer texts are cut before they are searched."""
_KEY = (
    r"(?:token|secret|passw(?:or)?d|passphrase|passwd|(?<=[_-])pwd|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credentials?)[\w-]{0,20}"
)
"""The end of a name that means a secret; where the shell is, PWD, does not count."""
_VALUE = r"""(?:"[^"\n]*"?|'[^'\n]*'?|\$\{?\w+\}?(?=\s|$)|[^\s"'&|;<>]+)"""
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), HIDDEN),
    # https://user:password@host and https://token@host
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://)([^\s/@:'\"]*):[^\s/@'\"]+@"), rf"\1\2:{HIDDEN}@"),
    (re.compile(r"(?i)\b(https?://)[^\s/@:'\"]+@"), rf"\1{HIDDEN}@"),
    # The address of somebody's seat in a workshop, or of what they may take home
    (re.compile(r"(/workshop/[a-z-]{1,20}/)[A-Za-z0-9_-]{24,}"), rf"\1{HIDDEN}"),
    # Authorization: Bearer …, X-Api-Key: …, Cookie: …, up to the quote at the end
    (
        re.compile(
            r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|[a-z-]{0,30}(?:api-?key|token|auth|secret))"
            r"(['\"]?\s*:\s*['\"]?)[^'\"\n]+"
        ),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    # What providers begin their keys with, JSON web tokens
    (
        re.compile(
            r"\b(?:gh[opsur]_\w{16,}|github_pat_\w{16,}|gl(?:pat|rt|dt)-[\w-]{16,}|sk-[\w-]{16,}|xox[a-z]-[\w-]{10,}"
            r"|(?:AKIA|ASIA)[A-Z0-9]{12,}|AIza[\w-]{30,}|hf_\w{16,}|npm_\w{16,}|dckr_pat_[\w-]{16,}|pypi-[\w-]{16,}"
            r"|SG\.[\w-]{16,}\.[\w-]{16,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)"
        ),
        HIDDEN,
    ),
    # MY_TOKEN=…, "password": …, ?token=…
    (re.compile(rf"(?i)({_KEY}['\"]?\s?[=:]\s?)(?![=/]){_VALUE}"), rf"\1{HIDDEN}"),
    # --password …, --api-key …, mysql -p…, sshpass -p …, curl -u name:…
    (re.compile(rf"(?i)(?<=\s)(--?[\w-]{{0,40}}?{_KEY}\s+)(?!-){_VALUE}"), rf"\1{HIDDEN}"),
    (re.compile(rf"\b((?:mysql|mysqldump|mariadb|mysqladmin)\b[^\n|;]{{0,200}}?\s-p)(?=\S){_VALUE}"), rf"\1{HIDDEN}"),
    (re.compile(rf"\b((?:sshpass|docker login|podman login)\b[^\n|;]{{0,200}}?\s-p\s*){_VALUE}"), rf"\1{HIDDEN}"),
    (re.compile(r"(?<=\s)((?:-u|--user|--proxy-user)[\s=]*['\"]?[^\s:'\"]+:)[^\s'\"]+"), rf"\1{HIDDEN}"),
)


def redacted(text: str) -> str:
    """The text without what looks like a secret in it; the words around stay."""
    text = text[:MOST_CHARACTERS]
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def redacted_all(value: Any) -> Any:
    """The same for all texts in a value of JSON."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, list | tuple):
        return [redacted_all(part) for part in value]
    if isinstance(value, dict):
        return {key: redacted_all(part) for key, part in value.items()}
    return value
