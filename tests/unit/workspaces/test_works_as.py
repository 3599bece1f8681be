"""As whom people's shells and commands run, and where."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.accounts_fixtures import ActorOf
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.commands import command_run
from workspaces.engine.fake import FakeEngine
from workspaces.engine.users import begins_as_root
from workspaces.models import Kind
from workspaces.works_as import works_as

IDS = {"PUID": "1000", "PGID": "100"}


@pytest.mark.parametrize("user", ["root", "root:users", "0", "00", "0:0", "000:1000"])
def test_root_is_known_by_name_and_by_number(user: str) -> None:
    assert begins_as_root(user)


@pytest.mark.parametrize("user", ["coder", "1000", "1000:0", "rooted", "toor", "10", "abc:root"])
def test_nobody_else_is(user: str) -> None:
    assert not begins_as_root(user)


@pytest.mark.parametrize(
    ("user", "environment", "expected"),
    [
        ("coder", {}, "coder"),
        ("coder", IDS, "coder"),
        ("1000:1000", IDS, "1000:1000"),
        ("root", IDS, "1000:100"),
        ("0", {"PUID": "911"}, "911:911"),
        ("root", {}, "root"),
        ("root", {"PGID": "1000"}, "root"),
        ("root", {"PUID": "0"}, "root"),
        ("root", {"PUID": "abc"}, "root"),
        ("root", {"PUID": "1000", "PGID": "users"}, "root"),
        ("root", {"PUID": "-1"}, "root"),
        ("root", {"PUID": "\u0661"}, "root"),
    ],
)
def test_a_shell_is_whom_the_app_is(user: str, environment: dict[str, str], expected: str) -> None:
    assert works_as(Kind(user=user, environment=environment)) == expected


def test_a_command_begins_where_the_files_are_as_who_they_belong_to(
    engine: FakeEngine, alice: User, make_workspace: MakeWorkspace, code_server: Kind, actor_of: ActorOf
) -> None:
    Kind.objects.filter(pk=code_server.pk).update(user="root", environment=IDS, data_path="/config")
    command_run(actor_of(alice), make_workspace(alice), "pwd")
    assert (engine.execs[-1].user, engine.execs[-1].workdir) == ("1000:100", "/config")
