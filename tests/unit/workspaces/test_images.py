"""Which tag an image has, what is built for it and in which order, and what a build is given."""

from __future__ import annotations

import tarfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from workspaces.engine.base import BuildFailed, BuildProgress
from workspaces.engine.context import context_tar
from workspaces.engine.docker.images import step_progress
from workspaces.images import ensure, image_chain, image_ensure, image_names, image_ref, root
from workspaces.images.folders import ROOT_REF

OnProgress = Callable[[BuildProgress], None]


class RecordingEngine:
    """Answers like an engine with the images in `here`, and writes down what it was asked for."""

    def __init__(self, *here: str, pull_fails: bool = False) -> None:
        self.here = set(here)
        self.calls: list[tuple[str, str]] = []
        self.buildargs: dict[str, Mapping[str, str]] = {}
        self.extra_files: dict[str, Mapping[str, bytes]] = {}
        self.pull_fails = pull_fails

    def image_exists(self, ref: str) -> bool:
        return ref in self.here

    def image_pull(self, ref: str, on_progress: OnProgress) -> None:
        self.calls.append(("pull", ref))
        if self.pull_fails:
            raise BuildFailed("no such host")
        on_progress(BuildProgress(50, "half"))
        self.here.add(ref)

    def image_build(
        self,
        tag: str,
        context: Path,
        *,
        buildargs: Mapping[str, str],
        extra_files: Mapping[str, bytes],
        on_progress: OnProgress,
    ) -> None:
        self.calls.append(("build", tag))
        self.buildargs[tag] = buildargs
        self.extra_files[tag] = extra_files
        on_progress(BuildProgress(0, "Step 1"))
        on_progress(BuildProgress(100, "done"))
        self.here.add(tag)

    def image_import(self, tag: str, tarball: Path) -> None:
        self.calls.append(("import", tag))
        self.here.add(tag)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    for name, base in (("base", "debian"), ("tool", "base")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(f"ARG BASE=spaces/{base}\nFROM ${{BASE}}\n")
    (tmp_path / "tool" / "start.sh").write_text("echo hello\n")
    return tmp_path


def ignore(progress: BuildProgress) -> None:
    pass


def test_a_managed_name_becomes_a_tag_of_twelve_hex_digits(images: Path) -> None:
    ref = image_ref("spaces/tool", images)
    name, _, tag = ref.partition(":")
    assert name == "spaces/tool"
    assert len(tag) == 12
    assert int(tag, 16) >= 0


@pytest.mark.parametrize("ref", ["debian:bookworm", "spaces/tool:mine", "spaces/unknown", "other/tool", "spaces/.."])
def test_any_other_ref_is_returned_as_it_is(images: Path, ref: str) -> None:
    assert image_ref(ref, images) == ref


def test_the_tag_is_the_same_for_the_same_content(images: Path) -> None:
    before = image_ref("spaces/tool", images)
    (images / "tool" / "start.sh").write_text("echo hello\n")
    assert image_ref("spaces/tool", images) == before


def test_the_tag_changes_with_content_name_and_run_bit_of_a_file(images: Path) -> None:
    script = images / "tool" / "start.sh"
    tags = [image_ref("spaces/tool", images)]
    script.write_text("echo bye\n")
    tags.append(image_ref("spaces/tool", images))
    script.chmod(0o755)
    tags.append(image_ref("spaces/tool", images))
    script.rename(images / "tool" / "begin.sh")
    tags.append(image_ref("spaces/tool", images))
    assert len(set(tags)) == 4


def test_the_umask_does_not_change_the_tag(images: Path) -> None:
    script = images / "tool" / "start.sh"
    script.chmod(0o664)
    before = image_ref("spaces/tool", images)
    script.chmod(0o600)
    assert image_ref("spaces/tool", images) == before


def test_a_change_of_the_base_changes_what_stands_on_it(images: Path) -> None:
    before = image_ref("spaces/tool", images)
    (images / "base" / "extra").write_text("1")
    assert image_ref("spaces/tool", images) != before


def test_a_dockerfile_that_names_no_folder_of_ours_is_refused(images: Path) -> None:
    (images / "tool" / "Dockerfile").write_text("FROM debian:bookworm\n")
    with pytest.raises(ValueError, match="ARG BASE"):
        image_ref("spaces/tool", images)


def test_the_chain_goes_from_the_root_to_the_image(images: Path) -> None:
    assert [name for name, _ in image_chain("spaces/tool", images)] == ["debian", "base", "tool"]
    assert image_chain("debian:bookworm", images) == []


def test_what_is_missing_is_built_in_order_each_on_the_one_before(images: Path) -> None:
    engine = RecordingEngine(ROOT_REF)
    target = image_ensure(engine, "spaces/tool", ignore, images)
    base = image_ref("spaces/base", images)
    assert engine.calls == [("build", base), ("build", target)]
    assert engine.buildargs == {base: {"BASE": ROOT_REF}, target: {"BASE": base}}


def test_a_second_run_asks_the_engine_for_nothing(images: Path) -> None:
    engine = RecordingEngine(ROOT_REF)
    image_ensure(engine, "spaces/tool", ignore, images)
    engine.calls.clear()
    image_ensure(engine, "spaces/tool", ignore, images)
    assert engine.calls == []


def test_an_image_of_a_registry_is_pulled_once(images: Path) -> None:
    engine = RecordingEngine()
    assert image_ensure(engine, "linuxserver/kicad", ignore, images) == "linuxserver/kicad"
    image_ensure(engine, "linuxserver/kicad", ignore, images)
    assert engine.calls == [("pull", "linuxserver/kicad")]


def test_the_progress_of_a_chain_is_one_scale_that_never_falls(images: Path) -> None:
    seen: list[int] = []
    image_ensure(RecordingEngine(), "spaces/tool", lambda progress: seen.append(progress.percent), images)
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-1] == 100
    assert {33, 66} <= set(seen)


def test_certificates_of_the_machine_go_along_without_counting_for_the_tag(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = image_ref("spaces/tool", images)
    bundle = tmp_path / "bundle.crt"
    bundle.write_bytes(b"certificates")
    monkeypatch.setattr(ensure, "HOST_CA", bundle)
    engine = RecordingEngine(ROOT_REF)
    assert image_ensure(engine, "spaces/tool", ignore, images) == before
    assert engine.extra_files[before] == {"host-ca.crt": b"certificates"}


def test_the_root_is_the_public_image_where_it_can_be_pulled() -> None:
    engine = RecordingEngine()
    root.root_ensure(engine, ROOT_REF, ignore)
    assert engine.calls == [("pull", root.PUBLIC_IMAGE), ("build", ROOT_REF)]
    assert engine.extra_files[ROOT_REF] == {"Dockerfile": f"FROM {root.PUBLIC_IMAGE}\n".encode()}


def test_without_registry_and_mmdebstrap_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BuildFailed, match="docker load"):
        root.root_ensure(RecordingEngine(pull_fails=True), ROOT_REF, ignore)


def test_a_silent_registry_is_given_up_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answered = threading.Event()

    class Silent(RecordingEngine):
        def image_pull(self, ref: str, on_progress: OnProgress) -> None:
            answered.wait(10)

    monkeypatch.setenv("PATH", "")
    try:
        with pytest.raises(BuildFailed, match="could not be pulled"):
            root.root_ensure(Silent(), ROOT_REF, ignore, pull_silence=0.05)
    finally:
        answered.set()


def test_the_archive_of_a_build_has_the_same_bytes_every_time(images: Path) -> None:
    with context_tar(images / "tool", {"x": b"1"}) as first, context_tar(images / "tool", {"x": b"1"}) as second:
        assert first.read() == second.read()


def test_the_archive_holds_folder_and_extra_files_owned_by_nobody_in_particular(images: Path) -> None:
    (images / "tool" / "start.sh").chmod(0o755)
    with context_tar(images / "tool", {"host-ca.crt": b"ca"}) as archive, tarfile.open(fileobj=archive) as tar:
        members = {member.name: member for member in tar}
        assert list(members) == ["Dockerfile", "host-ca.crt", "start.sh"]
        assert members["start.sh"].mode == 0o755
        assert {(member.uid, member.mtime) for member in members.values()} == {(0, 0)}


def test_a_step_line_is_progress_and_any_other_is_not() -> None:
    assert step_progress("Step 3/4 : RUN  make\n") == BuildProgress(50, "Step 3 of 4: RUN make")
    assert step_progress(" ---> Running in 1234") is None
    long = step_progress("Step 1/1 : RUN " + "x" * 500)
    assert long is not None
    assert len(long.step) < 130


def test_every_image_of_ours_stands_on_debian() -> None:
    folder = Path(__file__).resolve().parents[3] / "images"
    assert {"base", "terminal", "code-server", "netguard"} <= set(image_names(folder))
    for name in image_names(folder):
        assert image_chain(f"spaces/{name}", folder)[0] == ("debian", ROOT_REF)
