"""Which starters there are, what files they bring, and that what is said of them holds for these files."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from spaces_site.errors import Invalid
from workspaces.models import Kind
from workspaces.starters import STARTERS, Starter, starter_files, starter_for, starter_get
from workspaces.starters.contents import FOLDER

ROOT = Path(__file__).resolve().parents[3]
IMAGE = ROOT / "images/code-server/starters"
STARTED = [starter for starter in STARTERS if starter.command]
WITH_FILES = [starter for starter in STARTERS if starter.slug != "git-clone"]


def named(starter: Starter) -> str:
    return starter.slug


def text(starter: Starter, path: str) -> str:
    return starter_files(starter.slug)[path].decode()


def test_the_starters_that_clients_know_are_there_in_order() -> None:
    slugs = [starter.slug for starter in STARTERS]
    assert slugs == ["empty", "python-flask", "nodejs-react", "java-spring", "git-clone"]
    assert [starter.port for starter in STARTERS] == [None, 5000, 3000, 8080, None]
    for starter in STARTERS:
        assert starter_get(starter.slug) is starter
        assert str(starter.title) and str(starter.description)


def test_the_old_name_of_the_react_starter_is_understood() -> None:
    assert starter_get("node-react").slug == "nodejs-react"
    assert starter_files("node-react") == starter_files("nodejs-react")


@pytest.mark.parametrize("slug", ["", "Empty", "../empty", "python-flask\0", "x" * 10_000])
def test_a_starter_that_nobody_knows_is_refused_with_what_is_offered(slug: str) -> None:
    for ask in (starter_get, starter_files):
        with pytest.raises(Invalid) as refused:
            ask(slug)
        assert refused.value.code == "STARTER_UNKNOWN"
        assert len(refused.value.message) < 100
        assert refused.value.details["offered"] == [starter.slug for starter in STARTERS]
        assert "java-spring" in refused.value.details["starter"]


@pytest.mark.parametrize("starter", STARTERS, ids=lambda starter: starter.slug)
@pytest.mark.parametrize("frame", ["desktop", "page"])
def test_where_an_app_has_our_page_around_it_only_a_repository_makes_sense(starter: Starter, frame: str) -> None:
    kind = Kind(slug="kicad", title="KiCad", frame=frame)
    if starter.slug == "git-clone":
        assert starter_for(starter.slug, kind) == starter
        return
    with pytest.raises(Invalid) as raised:
        starter_for(starter.slug, kind)
    assert raised.value.code == "STARTER_NOT_FOR_KIND" and "KiCad" in raised.value.details["starter"]
    assert starter_for(starter.slug, Kind(slug="x", title="X")) == starter


def test_what_a_caller_does_to_the_files_is_its_own() -> None:
    starter_files("empty").clear()
    assert starter_files("empty")


def test_the_files_are_those_of_the_repository_and_nothing_else() -> None:
    listed = subprocess.check_output(["git", "ls-files", "-z", str(FOLDER)], cwd=ROOT, text=True)
    tracked = {(ROOT / name).relative_to(FOLDER).as_posix() for name in listed.split("\0") if name}
    assert tracked == {f"{starter.slug}/{path}" for starter in STARTERS for path in starter_files(starter.slug)}
    assert starter_files("git-clone") == {}, "the repository is all there is"


@pytest.mark.parametrize("starter", WITH_FILES, ids=named)
def test_each_tells_people_agents_and_git_what_they_need(starter: Starter) -> None:
    assert {"README.md", "AGENTS.md", ".gitignore"} <= set(starter_files(starter.slug))
    agents = text(starter, "AGENTS.md")
    assert "0.0.0.0" in agents
    assert f"<id>-{starter.port or 5000}.<host>" in agents


@pytest.mark.parametrize("starter", STARTED, ids=named)
def test_the_one_command_is_the_same_everywhere(starter: Starter) -> None:
    readme = text(starter, "README.md")
    assert re.findall(r"^```\n(.*?)\n```$", readme, re.MULTILINE | re.DOTALL) == [starter.command]
    assert f"port {starter.port}" in readme
    assert f"`{starter.command}`" in text(starter, "AGENTS.md")
    tasks = json.loads(text(starter, ".vscode/tasks.json"))["tasks"]
    assert [task["command"] for task in tasks if task["group"] == {"kind": "build", "isDefault": True}] == [
        starter.command
    ]


def test_the_image_holds_what_the_starters_ask_for() -> None:
    """Where the one is changed and the other is not, the first start would need the network without saying so."""
    for slug, names in {"nodejs-react": ("package.json", "package-lock.json"), "java-spring": ("pom.xml",)}.items():
        for name in names:
            assert (IMAGE / slug / name).read_bytes() == starter_files(slug)[name], name
    pins = (IMAGE / "python-flask/requirements.txt").read_text().splitlines()
    assert set(starter_files("python-flask")["requirements.txt"].decode().split()) <= set(pins)
    assert all("==" in pin for pin in pins)


def test_every_package_of_the_react_starter_is_pinned() -> None:
    files = starter_files("nodejs-react")
    package, lock = json.loads(files["package.json"]), json.loads(files["package-lock.json"])
    wanted = package["dependencies"] | package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert all("integrity" in one and "resolved" not in one for path, one in lock["packages"].items() if path)


def test_the_jars_in_the_image_are_of_the_version_that_the_pom_names() -> None:
    found = re.search(r"<version>(3\.\d+\.\d+)</version>", starter_files("java-spring")["pom.xml"].decode())
    assert found
    assert f"spring-boot-{found[1]}.jar" in (IMAGE / "java-spring/jars.txt").read_text().splitlines()
