"""What every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

pytest_plugins = [
    "tests.accounts_fixtures",
    "tests.workspaces_fixtures",
    "tests.files_fixtures",
    "tests.workshop_fixtures",
    "tests.desktop_fixtures",
    "tests.parts",
]

UNIT = Path(__file__).parent / "unit"
POLITE = 10
"""Niceness of a process that tests rules: what runs on the real parts beside it has limits of time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs on the real parts stays together in one process of a parallel run: it shares an engine and a site."""
    for item in items:
        if UNIT not in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("real"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """In a parallel run, tests of rules step back behind those of the real parts."""
    in_parallel = "PYTEST_XDIST_WORKER" in os.environ
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
