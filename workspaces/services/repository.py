"""Which repositories may be cloned into a workspace, and where to. Nothing here goes to the network."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field, replace
from typing import NoReturn

from django.utils.translation import gettext as _

from spaces_site.errors import Invalid

DESTINATION = "repo"
"""Where a repository goes that names no other place, below /workspace."""
URL_MOST, BRANCH_MOST, DESTINATION_MOST, TOKEN_MOST = 500, 200, 300, 16 * 1024
NO_NETWORK = "Repo clone failed: selected template has network disabled"
"""Word for word as clients of an older API know it, so it is not translated."""

_HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
_HTTPS = re.compile(rf"https://{_HOST}(:\d{{1,5}})?/[!-~]+")
_SSH = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9._-]*@{_HOST}:[!-,.-~][!-~]*")
_WITH_PASSWORD = re.compile(r"https?://[^/]*@", re.IGNORECASE)
_NOT_IN_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)")
_USERNAME = re.compile(r"[!-9;-~]{0,200}")  # no colon, which is what ends it where name and token are one text
_TOKEN = re.compile(rf"[!-~]{{0,{TOKEN_MOST}}}")
_KEY = re.compile(rf"-----BEGIN [ -~\r\n]{{1,{TOKEN_MOST}}}")
_ONE_LINE_KEY = re.compile(r"(-----BEGIN [A-Z ]+-----)([A-Za-z0-9+/= ]+)(-----END [A-Z ]+-----)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Repository:
    """What to clone: `branch` "" for the server's own choice, `destination` below /workspace, "" for the usual one.

    `token`: for an https address what goes to its server as a password, for an ssh one a private key; "" for none.
    `username`: what an https server is told for a name, "" for what its kind is known to take.
    """

    url: str
    branch: str = ""
    destination: str = ""
    token: str = field(default="", repr=False)
    username: str = field(default="", repr=False)

    @property
    def secret(self) -> str:
        """Name and token as git's helper takes them: the token alone, or the two with a colon between."""
        return f"{self.username}:{self.token}" if self.username else self.token


def repository_check(repository: Repository, network_mode: str) -> Repository:
    """`repository` as it is kept: blanks around its fields gone, its destination relative to /workspace.

    Raises `Invalid`: REPO_URL_INVALID, REPO_BRANCH_INVALID, REPO_DESTINATION_INVALID, REPO_TOKEN_INVALID,
    REPO_USERNAME_INVALID, and REPO_NO_NETWORK when the workspace will have no network.
    """
    if network_mode == "none":
        raise Invalid(NO_NETWORK, code="REPO_NO_NETWORK", details={"repository": NO_NETWORK})
    url = url_check(repository.url)
    return replace(
        repository,
        url=url,
        branch=branch_check(repository.branch),
        destination=destination_check(repository.destination or DESTINATION),
        token=token_check(url, repository.token.strip()),
        username=username_check(url, repository.username),
    )


def url_check(url: str) -> str:
    """`url` without blanks around it: `https://…` or `user@host:path`. Raises `Invalid` (REPO_URL_INVALID)."""
    url = url.strip()
    if _WITH_PASSWORD.match(url):
        _wrong("REPO_URL_INVALID", "repository", _("Leave name and password out of the address; a token has a field."))
    if len(url) > URL_MOST or not (_HTTPS.fullmatch(url) or _SSH.fullmatch(url)) or set("?#") & set(url):
        _wrong("REPO_URL_INVALID", "repository", _("An address like https://host/path or user@host:path."))
    return url


def is_ssh(url: str) -> bool:
    """Whether a checked address is one of ssh."""
    return not url.startswith("https://")


def branch_check(branch: str) -> str:
    """`branch` without blanks around it, by git-check-ref-format(1)'s rules. Raises `Invalid` (REPO_BRANCH_INVALID)."""
    branch = branch.strip()
    if branch and (
        len(branch) > BRANCH_MOST
        or branch[0] in "-./"
        or branch[-1] in "./"
        or branch == "@"
        or _NOT_IN_REF.search(branch)
        or not branch.isprintable()
    ):
        _wrong("REPO_BRANCH_INVALID", "branch", _("This cannot be the name of a branch."))
    return branch


def destination_check(path: str) -> str:
    """`path` relative to /workspace, below which it is whether it says so or not.

    Raises `Invalid` (REPO_DESTINATION_INVALID) for what is not a folder of its own there.
    """
    path = path.strip()
    if path == "/workspace" or path.startswith("/workspace/"):
        path = path.removeprefix("/workspace")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    bad = {"..", ".git"} & {part.lower() for part in parts}
    if not parts or bad or len("/".join(parts)) > DESTINATION_MOST or _CONTROL.search(path) or not _fits(parts):
        _wrong("REPO_DESTINATION_INVALID", "destination", _("A folder below /workspace, such as repo."))
    return "/".join(parts)


def token_check(url: str, token: str) -> str:
    """`token` as the server of `url` takes it. Raises `Invalid` (REPO_TOKEN_INVALID), without repeating it."""
    if is_ssh(url):
        if token and not _KEY.fullmatch(token):
            _wrong("REPO_TOKEN_INVALID", "token", _("For an ssh address this is a private key; a token needs https."))
        return _with_lines(token)
    if not _TOKEN.fullmatch(token):
        _wrong("REPO_TOKEN_INVALID", "token", _("A token has letters, digits and signs, and no blanks."))
    return token


def username_check(url: str, username: str) -> str:
    """`username` without blanks around it. Raises `Invalid` (REPO_USERNAME_INVALID), without repeating it: some servers
    take a token for a name."""
    username = username.strip()
    if username and is_ssh(url):
        _wrong("REPO_USERNAME_INVALID", "username", _("For an ssh address the name is in front of its host."))
    if not _USERNAME.fullmatch(username):
        _wrong("REPO_USERNAME_INVALID", "username", _("A user name has letters, digits and signs, but no colon."))
    return username


def _with_lines(key: str) -> str:
    """A private key in lines again: a form's field for passwords takes them out."""
    match = _ONE_LINE_KEY.fullmatch(key)
    return "\n".join([match[1], *textwrap.wrap(match[2].replace(" ", ""), 70), match[3]]) if match else key


def _fits(parts: list[str]) -> bool:
    """Whether a file system takes each of them as a name."""
    try:
        return all(len(part.encode()) <= 255 for part in parts)
    except UnicodeEncodeError:
        return False


def _wrong(code: str, field_name: str, text: str) -> NoReturn:
    raise Invalid(_("The repository cannot be used: %(why)s") % {"why": text}, code=code, details={field_name: text})
