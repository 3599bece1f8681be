"""What the fields of a new project may be, one rule for each, so that all that is wrong can be said at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from rest_framework.exceptions import ErrorDetail

from accounts.models import User
from spaces_site.errors import Invalid
from workspaces.limits import max_cpus, max_memory_mb
from workspaces.models import Kind
from workspaces.services.details import PASSWORD_LENGTHS
from workspaces.services.repository import Repository, token_check, url_check, username_check
from workspaces.starters import STARTERS, starter_get

KIND = "code-server"
"""In which projects begin with something."""
NAME = re.compile(r"[A-Za-z0-9_-]+(?: [A-Za-z0-9_-]+)*")
NAME_LENGTHS = range(3, 51)
MEMORY_MB = {"1g": 1024, "2g": 2048, "4g": 4096, "8g": 8192, "16g": 16384}
CPUS = {"1": 1, "2": 2, "4": 4, "8": 8}
MEMORY_MB_USUAL, CPUS_USUAL = 2048, 2
"""For who says nothing, where the limits let one have that much."""
PROXY_MODES = ("none", "logging", "security")

T = TypeVar("T")


class Rules:
    """What each field may be for this user. What is wrong is collected in `mistakes`, by field."""

    def __init__(self, user: User) -> None:
        self._user = user
        self.mistakes: dict[str, list[ErrorDetail]] = {}

    def wrong(self, field: str, text: str, code: str = "invalid") -> None:
        self.mistakes[field] = [ErrorDetail(text, code)]

    def trying(self, field: str, check: Callable[..., T], *args: Any) -> T | None:
        """What a check of the services says; what it raises is noted."""
        try:
            return check(*args)
        except Invalid as error:
            texts = [what for what in error.details.values() if isinstance(what, str)]
            self.wrong(field, texts[0] if texts else error.message)
            return None

    def name(self, name: str) -> str:
        if not name:
            self.wrong("projectName", "Project name is required")
        elif len(name) not in NAME_LENGTHS:
            self.wrong("projectName", "Project name must be 3-50 characters")
        elif not NAME.fullmatch(name):
            text = "Project name takes letters, digits, hyphens, underscores and single spaces"
            self.wrong("projectName", text, "INVALID_PROJECT_NAME")
        return name

    def starter(self, slug: str) -> tuple[str, Kind | None]:
        """What it begins with in an editor; or else another kind of workspace, which begins with nothing."""
        try:
            return starter_get(slug).slug, None
        except Invalid:
            if not slug:
                self.wrong("projectType", "Project type is required")
                return "", None
        kinds = {kind.slug: kind for kind in Kind.objects.filter(enabled=True).exclude(slug=KIND)}
        if slug not in kinds:
            offered = ", ".join([*(starter.slug for starter in STARTERS), *kinds])
            self.wrong("projectType", f"Project type must be one of: {offered}", "INVALID_PROJECT_TYPE")
        return "", kinds.get(slug)

    def password(self, is_wanted: bool | None, password: str) -> str:
        """"" for none: who says that it is not to be protected means it, also with a password beside."""
        if is_wanted is False or (is_wanted is None and not password):
            return ""
        if mistake := password_mistake(password):
            self.wrong("password", mistake, "INVALID_PASSWORD")
        return password

    def memory_mb(self, size: str, kind: Kind | None) -> int:
        most = max_memory_mb(self._user)
        if not size:
            return min(kind.memory_mb if kind else MEMORY_MB_USUAL, most)
        memory_mb = MEMORY_MB.get(size.lower(), 0)
        if not memory_mb:
            self.wrong("memoryLimit", f"Memory limit must be one of: {', '.join(MEMORY_MB)}")
        elif memory_mb > most:
            self.wrong("memoryLimit", f"Memory limit must be at most {memory_out(most)}")
        return memory_mb

    def cpus(self, cores: str, kind: Kind | None) -> float:
        most = max_cpus(self._user)
        if not cores:
            return min(kind.cpus if kind else CPUS_USUAL, most)
        cpus = CPUS.get(cores, 0)
        if not cpus:
            self.wrong("cpuCores", f"CPU cores must be one of: {', '.join(CPUS)}")
        elif cpus > most:
            self.wrong("cpuCores", f"CPU cores must be at most {most:g}")
        return cpus

    def repository(self, attrs: dict[str, Any], *, is_clone: bool, may_clone: bool) -> Repository | None:
        """What to clone; None for a type that does not, and for one that may, which is given no address."""
        url, username, token = (attrs[field] or "" for field in ("gitUrl", "gitUsername", "gitToken"))
        if not may_clone and not is_clone:
            if url and "projectType" not in self.mistakes:
                self.wrong("gitUrl", "A Git URL goes with the project type git-clone")
            return None
        if not url:
            if is_clone:
                self.wrong("gitUrl", "Git URL is required for the project type git-clone")
            return None
        if self.trying("gitUrl", url_check, url) is None:
            return None
        self.trying("gitUsername", username_check, url, username)
        self.trying("gitToken", token_check, url, token.strip())
        return Repository(url, username=username, token=token)

    def proxy_mode(self, mode: str, use_proxy: bool) -> None:
        field = "proxyMode" if mode else "useProxy"
        mode = mode or ("logging" if use_proxy else "none")
        if mode not in PROXY_MODES:
            self.wrong(field, f"Proxy mode must be one of: {', '.join(PROXY_MODES)}")
        elif mode != "none":
            text = f"Proxy mode {mode} is not available on this server; use none"
            self.wrong(field, text, "PROXY_MODE_UNAVAILABLE")


def password_mistake(password: str) -> str:
    """What is wrong with a new password; "" when nothing is."""
    if len(password) < PASSWORD_LENGTHS.start:
        return f"Password must be at least {PASSWORD_LENGTHS.start} characters"
    if len(password) >= PASSWORD_LENGTHS.stop:
        return f"Password must be at most {PASSWORD_LENGTHS.stop - 1} characters"
    return ""


def memory_out(memory_mb: int) -> str:
    """`2g`, or `1536m` where it is no whole number of GiB."""
    return f"{memory_mb // 1024}g" if memory_mb % 1024 == 0 else f"{memory_mb}m"
