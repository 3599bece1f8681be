"""What every test may use."""

from collections.abc import Iterator

import pytest
from django.utils import translation

pytest_plugins = [
    "tests.accounts_fixtures",
    "tests.workspaces_fixtures",
    "tests.files_fixtures",
    "tests.workshop_fixtures",
    "tests.parts",
]


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
