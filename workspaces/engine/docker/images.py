"""Images on Docker: pull, build on the classic builder (which every engine has), import, remove."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
from docker.utils import parse_repository_tag

from workspaces.engine.base import BuildFailed, BuildProgress, EngineError, EngineUnavailable, ImageMissing
from workspaces.engine.context import context_tar
from workspaces.engine.docker.errors import translate

OnProgress = Callable[[BuildProgress], None]

BUILD_SILENCE_SECONDS = 1800
"""A step may print nothing for long (npm unpacking 400 MB on a slow disk); only after this the engine is away."""
LAST_LINES = 20
STEP_LENGTH = 100

_STEP = re.compile(r"^Step (\d+)/(\d+) : (.+)")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class DockerImages:
    """The image part of the Docker driver; see `Engine` for what each method promises."""

    client: docker.DockerClient

    @translate(ImageMissing)
    def image_exists(self, ref: str) -> bool:
        """Whether containers can be made of it now."""
        try:
            self.client.api.inspect_image(ref)
        except docker.errors.NotFound:
            return False
        return True

    def image_pull(self, ref: str, on_progress: OnProgress) -> None:
        """Afterwards the image is here, from its registry. Raises `BuildFailed`."""
        repository, tag = parse_repository_tag(ref)
        with _build_errors():
            events = self.client.api.pull(repository, tag=tag or "latest", stream=True, decode=True)
            layers = _Layers()
            for event in _checked(events, deque(maxlen=LAST_LINES)):
                layers.note(event)
                on_progress(BuildProgress(layers.percent(), f"Downloading {ref}"))
        on_progress(BuildProgress(100, f"{ref} is here"))

    def image_build(
        self,
        tag: str,
        context: Path,
        *,
        buildargs: Mapping[str, str],
        extra_files: Mapping[str, bytes],
        on_progress: OnProgress,
    ) -> None:
        """Afterwards `tag` exists, built from the Dockerfile in `context`. Raises `BuildFailed`."""
        with context_tar(context, extra_files) as archive, _build_errors():
            events = self.client.api.build(
                fileobj=archive,
                custom_context=True,
                tag=tag,
                buildargs=dict(buildargs),
                # The builder's own bridge may have no way out where the host has one.
                network_mode="host",
                rm=True,
                forcerm=True,
                decode=True,
                timeout=BUILD_SILENCE_SECONDS,
            )
            for event in _checked(events, deque(maxlen=LAST_LINES)):
                progress = step_progress(str(event.get("stream", "")))
                if progress:
                    on_progress(progress)
        on_progress(BuildProgress(100, f"{tag} is built"))

    def image_import(self, tag: str, tarball: Path) -> None:
        """Afterwards `tag` exists, with the root file system in `tarball`."""
        repository, name = parse_repository_tag(tag)
        with translate(EngineError):
            answer = self.client.api.import_image_from_file(str(tarball), repository=repository, tag=name)
        for line in str(answer).splitlines():
            error = json.loads(line).get("error")
            if error:
                raise EngineError(str(error))

    @translate(ImageMissing)
    def image_remove(self, ref: str) -> None:
        """Afterwards the name is gone, and its layers where nothing else uses them.

        By force, which takes the name even from under a stopped container; the container keeps its layers.
        """
        try:
            self.client.api.remove_image(ref, force=True)
        except docker.errors.NotFound:
            return


def step_progress(line: str) -> BuildProgress | None:
    """`Step 3/10 : RUN apt-get update …` as progress: what is done before that step, and the step for a person."""
    match = _STEP.match(line)
    if not match:
        return None
    number, steps, text = int(match[1]), int(match[2]), " ".join(match[3].split())
    if len(text) > STEP_LENGTH:
        text = text[: STEP_LENGTH - 1].rstrip() + "…"
    return BuildProgress((number - 1) * 100 // steps, f"Step {number} of {steps}: {text}")


class _Layers:
    """Progress of a pull: each layer counts the same, half for its download and half for its extraction."""

    _SHARES = {"Downloading": (0, 50), "Extracting": (50, 50), "Download complete": (50, 0)}
    _DONE = {"Pull complete", "Already exists"}

    def __init__(self) -> None:
        self.layers: dict[str, float] = {}
        self.reached = 0

    def note(self, event: Mapping[str, Any]) -> None:
        """Take in one event; those that speak of no layer change nothing."""
        layer, status = event.get("id"), str(event.get("status", ""))
        if not layer or status.startswith("Pulling from"):
            return
        detail = event.get("progressDetail") or {}
        start, share = self._SHARES.get(status, (0, 0))
        value = 100.0 if status in self._DONE else start + share * _fraction(detail)
        self.layers[layer] = max(value, self.layers.get(layer, 0.0))

    def percent(self) -> int:
        """0–99: the pull is over when the stream ends, not before. Never falls, though layers turn up as they come."""
        share = sum(self.layers.values()) / max(1, len(self.layers))
        self.reached = max(self.reached, min(99, int(share)))
        return self.reached


def _fraction(detail: Mapping[str, Any]) -> float:
    total = detail.get("total") or 0
    return min(1.0, detail.get("current", 0) / total) if total else 0.0


def _checked(events: Iterator[Mapping[str, Any]], lines: deque[str]) -> Iterator[Mapping[str, Any]]:
    """The events one by one; raises `BuildFailed` with the last lines at the one that says error."""
    for event in events:
        if "error" in event:
            raise BuildFailed("\n".join([*lines, str(event["error"]).strip()]))
        text = _COLOURS.sub("", str(event.get("stream", ""))).rstrip()
        lines.extend(line for line in text.splitlines() if line.strip())
        yield event


@contextmanager
def _build_errors() -> Iterator[None]:
    """Like `translate`, but every refusal is a `BuildFailed`; an engine that is away stays `EngineUnavailable`."""
    try:
        with translate(BuildFailed):
            yield
    except (BuildFailed, EngineUnavailable):
        raise
    except EngineError as refusal:
        raise BuildFailed(str(refusal)) from refusal
