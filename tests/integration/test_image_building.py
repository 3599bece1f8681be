"""Images on a real Docker: built, cached, refused, imported, removed."""

from __future__ import annotations

import io
import os
import tarfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from workspaces.engine.base import BuildFailed, BuildProgress, EngineUnavailable
from workspaces.engine.docker.images import DockerImages

pytestmark = pytest.mark.integration


class Images(DockerImages):
    """The image part of the driver alone."""

    def __init__(self) -> None:
        self.client = docker.from_env(version="auto", timeout=60)


@pytest.fixture(scope="module")
def engine() -> Images:
    return Images()


@pytest.fixture
def tag(engine: Images) -> Iterator[str]:
    name = f"spaces-test/{uuid.uuid4().hex[:12]}:1"
    yield name
    engine.image_remove(name)


@pytest.fixture
def root(engine: Images, tmp_path: Path) -> Iterator[str]:
    """An image of one file: no registry and no shell are needed to build on it."""
    name = f"spaces-test/{uuid.uuid4().hex[:12]}:root"
    tarball = tmp_path / "root.tar"
    with tarfile.open(tarball, "w") as tar:
        tar.addfile(tarfile.TarInfo("marker"), io.BytesIO())
    engine.image_import(name, tarball)
    yield name
    engine.image_remove(name)


def build(engine: Images, tag: str, folder: Path, base: str, **extra_files: bytes) -> list[BuildProgress]:
    seen: list[BuildProgress] = []
    engine.image_build(tag, folder, buildargs={"BASE": base}, extra_files=extra_files, on_progress=seen.append)
    return seen


def context(tmp_path: Path, *lines: str) -> Path:
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text("\n".join(["ARG BASE", "FROM ${BASE}", *lines, ""]))
    return folder


def test_an_image_exists_after_its_build_and_not_before(engine: Images, tag: str, root: str, tmp_path: Path) -> None:
    folder = context(tmp_path, "COPY extra /extra", "LABEL a=b")
    assert not engine.image_exists(tag)
    seen = build(engine, tag, folder, root, extra=b"from memory")
    assert engine.image_exists(tag)
    assert [progress.percent for progress in seen] == sorted(progress.percent for progress in seen)
    assert seen[-1].percent == 100
    assert seen[0].step.startswith("Step 1 of 4: ARG BASE")
    assert list(folder.iterdir()) == [folder / "Dockerfile"]


def test_a_second_build_comes_from_the_cache(engine: Images, tag: str, root: str, tmp_path: Path) -> None:
    folder = context(tmp_path, "COPY extra /extra")
    build(engine, tag, folder, root, extra=b"1")
    first = engine.client.images.get(tag).id
    # Another mtime must not matter; the archive does not carry it.
    os.utime(folder / "Dockerfile", (time.time() + 5, time.time() + 5))
    build(engine, tag, folder, root, extra=b"1")
    assert engine.client.images.get(tag).id == first


def test_a_failing_step_raises_with_the_last_lines(engine: Images, tag: str, root: str, tmp_path: Path) -> None:
    folder = context(tmp_path, "COPY missing /missing")
    with pytest.raises(BuildFailed) as caught:
        build(engine, tag, folder, root)
    assert "COPY missing /missing" in str(caught.value)
    assert "missing" in str(caught.value).splitlines()[-1]
    assert not engine.image_exists(tag)


def test_a_dockerfile_that_makes_no_sense_raises_build_failed(engine: Images, tag: str, tmp_path: Path) -> None:
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text("DANCE\n")
    with pytest.raises(BuildFailed, match="DANCE"):
        build(engine, tag, folder, "scratch")


def test_a_pull_that_cannot_succeed_raises_build_failed(engine: Images) -> None:
    with pytest.raises(BuildFailed):
        engine.image_pull("localhost:1/nothing/here:1", lambda progress: None)


def test_removing_an_image_that_is_not_there_is_fine(engine: Images) -> None:
    engine.image_remove("spaces-test/never-was:1")


def test_a_name_is_gone_even_while_a_container_is_made_of_it(
    engine: Images, tag: str, root: str, tmp_path: Path
) -> None:
    build(engine, tag, context(tmp_path, "LABEL c=d"), root)
    container = engine.client.containers.create(tag, command="nothing")
    layers = engine.client.images.get(tag).id
    try:
        engine.image_remove(tag)
        assert not engine.image_exists(tag)
    finally:
        container.remove(force=True)
        engine.image_remove(str(layers))


def test_an_engine_that_is_away_raises_engine_unavailable(tmp_path: Path) -> None:
    images = Images()
    images.client = docker.DockerClient(base_url=f"unix://{tmp_path}/none.sock", version="1.41", timeout=2)
    with pytest.raises(EngineUnavailable):
        images.image_exists("anything")
    with pytest.raises(EngineUnavailable):
        build(images, "x:1", context(tmp_path), "scratch")
