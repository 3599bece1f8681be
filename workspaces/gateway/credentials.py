"""What must never reach a container, or come from one: our cookies, our tokens, and headers that only we may set.

Pure functions over single header values. A container's owner reads everything that is sent to it.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_plus

from django.conf import settings

TOKEN_PREFIX = "sp_"  # noqa: S105
_SCHEMES = ("bearer", "token")
_QUERY_NAMES = frozenset({"key", "ticket", "token"})
_PRIVATE_PREFIXES = ("x-forwarded-", "x-spaces-")
_PRIVATE_NAMES = frozenset({"forwarded", "x-real-ip", "x-admin-password"})
_KEY_HEADERS = frozenset({"x-api-key", "x-auth-token"})


@dataclass(frozen=True, slots=True)
class Names:
    """The cookies that are ours: `gate` opens a workspace's host, `here` is set by `here.js` in a page that says by
    itself when a person uses it, `own` (lower case) holds all of them."""

    gate: str
    here: str
    own: frozenset[str]


@lru_cache(maxsize=8)
def _names(secure: bool, session: str, csrf: str, language: str) -> Names:
    gate = "__Host-spaces" if secure else "spaces_gate"
    here = "__Host-spaces_here" if secure else "spaces_here"
    ours = {gate, "__host-spaces", "spaces_gate", "spaces_retry", "__host-spaces_here", "spaces_here"}
    own = ours | {session, csrf, language, "auth_token", "messages"}
    return Names(gate, here, frozenset(name.lower() for name in own))


def cookie_names() -> Names:
    """Our cookie names under the present settings."""
    own = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME)
    return _names(settings.SECURE, *own)


def cookie_split(header: str, names: Names) -> tuple[str, tuple[str, ...]]:
    """A Cookie header without our cookies, and the values of the gate's cookie: a sibling host can add a false one."""
    kept, keys = [], []
    for part in header.split(";"):
        name, _, value = part.partition("=")
        name = name.strip()
        if name == names.gate:
            keys.append(value.strip())
        elif name.lower() not in names.own and part.strip():
            kept.append(part.strip())
    return "; ".join(kept), tuple(keys[:4])


def token_in(authorization: str) -> str:
    """Our token in an Authorization header (raw, Bearer, Token, either half of Basic); "" when it holds none."""
    value = authorization.strip()
    scheme, _, rest = value.partition(" ")
    if scheme.lower() == "basic":
        return _token_in_basic(rest.strip())
    if scheme.lower() in _SCHEMES:
        value = rest.strip()
    return value if value.startswith(TOKEN_PREFIX) else ""


def basic_in(authorization: str) -> str | None:
    """What an `Authorization: Basic` header holds, still encoded; None when it is of another scheme."""
    scheme, *rest = authorization.split(maxsplit=1)[:2] or ("",)
    return "".join(rest).strip() if scheme.lower() == "basic" else None


def _token_in_basic(encoded: str) -> str:
    try:
        pair = base64.b64decode(encoded + "==").decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
    return next((half for half in reversed(pair.partition(":")) if half.startswith(TOKEN_PREFIX)), "")


def header_is_private(name: str, value: str) -> bool:
    """Whether a request header (name in lower case) stays with us: only we may set it, or it carries our token."""
    if name.startswith(_PRIVATE_PREFIXES) or name in _PRIVATE_NAMES:
        return True
    return name in _KEY_HEADERS and value.strip().startswith(TOKEN_PREFIX)


def query_without_tokens(query: str) -> str:
    """A query string without parameters that carry our tokens; everything else stays as it was sent."""
    if TOKEN_PREFIX not in query and "%" not in query:
        return query
    return "&".join(part for part in query.split("&") if not _carries_token(part))


def _carries_token(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return unquote_plus(name).lower() in _QUERY_NAMES and unquote_plus(value).startswith(TOKEN_PREFIX)


def set_cookie_cleaned(value: bytes, names: Names) -> bytes | None:
    """A container's Set-Cookie for its own host alone: without Domain, and None when it names a cookie of ours."""
    first, *attributes = value.split(b";")
    name = first.partition(b"=")[0].strip().lower().decode("latin-1")
    if name in names.own:
        return None
    kept = [a for a in attributes if a.partition(b"=")[0].strip().lower() != b"domain"]
    return b";".join([first, *kept])
