"""The import rule holds, and the checker would notice if it did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.import_rules import breaches

ROOT = Path(__file__).resolve().parents[2]


def test_every_app_imports_only_what_stands_left_of_it() -> None:
    assert breaches(ROOT) == []


@pytest.mark.parametrize(
    ("path", "source", "reason"),
    [
        ("accounts/a.py", "from workspaces.models import Workspace", "accounts may not import workspaces.models"),
        ("accounts/a.py", "def f():\n    import workspaces.states", "accounts may not import workspaces.states"),
        ("accounts/a.py", "from spaces_site import settings", "accounts may not import spaces_site.settings"),
        ("workspaces/deep/er/a.py", "from workshop import models", "workspaces may not import workshop.models"),
        ("workspaces/deep/a.py", "from ...workshop import models", "workspaces may not import workshop.models"),
        ("workshop/a.py", "import proxylogs", "workshop may not import proxylogs"),
        ("proxylogs/a.py", "import workshop.models as m", "proxylogs may not import workshop.models"),
        ("spaces_site/errors.py", "from spaces_site.env import Env", "imports nothing of ours"),
        ("spaces_site/env.py", "import accounts", "imports nothing of ours"),
        ("workspaces/engine/a.py", "import docker", "may import docker"),
        ("spaces_site/a.py", "from docker.errors import APIError", "may import docker"),
        ("workspaces/a.py", "from tests.harness import Platform", "imports its tests"),
        ("accounts/a.py", "from django.db.models.signals import post_save", "no signals"),
        ("accounts/a.py", "from django.db.models import signals", "no signals"),
        ("accounts/a.py", "if TYPE_CHECKING:\n    from workshop import x", "accounts may not import workshop.x"),
    ],
)
def test_a_breach_is_found(tmp_path: Path, path: str, source: str, reason: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(source)
    [breach] = breaches(tmp_path)
    assert breach.startswith(path) and reason in breach


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("accounts/a.py", "from spaces_site.errors import NotFound\nfrom spaces_site import env"),
        ("workspaces/engine/docker/a.py", "import docker\nfrom docker.errors import APIError"),
        ("workspaces/a.py", "from workspaces.engine.docker import DockerEngine\nfrom accounts.models import User"),
        ("workshop/a.py", "from workspaces import services\nfrom . import models"),
        ("spaces_site/a.py", "import workshop, proxylogs, workspaces, accounts\nfrom spaces_site import settings"),
        ("workspaces/apps.py", "from django.db.models.signals import post_migrate"),
    ],
)
def test_what_is_allowed_is_no_breach(tmp_path: Path, path: str, source: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(source)
    assert breaches(tmp_path) == []
