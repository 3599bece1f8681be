"""Who may import whom, read from the source: accounts ← workspaces ← {workshop, proxylogs} ← spaces_site."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAY_IMPORT = {
    "accounts": {"accounts"},
    "workspaces": {"accounts", "workspaces"},
    "workshop": {"accounts", "workspaces", "workshop"},
    "proxylogs": {"accounts", "workspaces", "proxylogs"},
    "spaces_site": {"accounts", "workspaces", "workshop", "proxylogs", "spaces_site"},
}
FOR_ALL = ("spaces_site.errors", "spaces_site.env")
"""Importable by every app; they import nothing of ours."""
DOCKER_FOLDER = "workspaces/engine/docker/"
MODEL_SIGNALS = {"pre_init", "post_init", "pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed"}


@dataclass(frozen=True)
class Import:
    """One imported name, wherever in the file it stands: `a.b` for `import a.b` and for `from a import b` alike."""

    name: str
    line: int

    def within(self, module: str) -> bool:
        return self.name == module or self.name.startswith(f"{module}.")


def imports(source: str, package: str) -> Iterator[Import]:
    """Everything that a module in `package` imports, functions and TYPE_CHECKING blocks included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                module = ".".join([*parents, *([module] if module else [])])
            yield from (Import(f"{module}.{alias.name}", node.lineno) for alias in node.names)


def breaches(root: Path) -> list[str]:
    """Every breach in the apps below `root`, as `path:line: reason`."""
    found = []
    for app in MAY_IMPORT:
        for path in sorted((root / app).rglob("*.py")):
            relative = path.relative_to(root)
            package = ".".join(relative.parent.parts)
            found += [
                f"{relative}:{one.line}: {reason}"
                for one in imports(path.read_text(), package)
                if (reason := _reason(app, relative, one))
            ]
    return found


def _reason(app: str, path: Path, one: Import) -> str:
    top = one.name.split(".")[0]
    module = ".".join(path.with_suffix("").parts)
    if top == "tests":
        return "the product imports its tests"
    if top == "docker" and not path.as_posix().startswith(DOCKER_FOLDER):
        return f"only {DOCKER_FOLDER} may import docker"
    if one.within("django.db.models.signals") and one.name.rpartition(".")[2] in {*MODEL_SIGNALS, "signals", "*"}:
        return "no signals of models: call a service"
    if top in MAY_IMPORT and module in FOR_ALL:
        return f"{module} imports nothing of ours, but {one.name}"
    if top in MAY_IMPORT and top not in MAY_IMPORT[app] and not any(one.within(name) for name in FOR_ALL):
        return f"{app} may not import {one.name}"
    return ""
