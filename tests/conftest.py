"""What every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from xdist import is_xdist_worker
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = [
    "tests.accounts_fixtures",
    "tests.workspaces_fixtures",
    "tests.files_fixtures",
    "tests.workshop_fixtures",
    "tests.desktop_fixtures",
    "tests.parts",
]

UNIT = Path(__file__).parent / "unit"
POLITE = 5
"""Niceness of a process that tests rules: what runs on the real parts beside it has limits of time."""


BESIDE = ("tests/integration/installations/", "tests/integration/engine/")
"""Uses the real parts, and no site that others use: it runs beside those that do."""


class RealPartsTogether(LoadScopeScheduling):
    """In a parallel run, what shares a site stays in one process, and `BESIDE` in another."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/unit/"):
            return nodeid
        return "no shared site" if nodeid.startswith(BESIDE) else "one site"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """The largest scopes, which those two are, are begun first."""
    return RealPartsTogether(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """In a parallel run, tests of rules step back behind those of the real parts."""
    in_parallel = is_xdist_worker(item.session)
    if in_parallel and UNIT in item.path.parents and os.getpriority(os.PRIO_PROCESS, 0) < POLITE:
        os.setpriority(os.PRIO_PROCESS, 0, POLITE)


@pytest.fixture(scope="session", autouse=True)
def translations() -> None:
    """German is compiled, as it is at every start: a clean checkout has no .mo files."""
    from spaces_site.preparing import translations_compile  # imports models, which must wait for Django

    translations_compile()


@pytest.fixture(autouse=True)
def no_language_left() -> Iterator[None]:
    """A request leaves its language active in the thread that answered it."""
    yield
    translation.deactivate()
