"""Snapshots on Docker: a commit of the layer, and the files of volumes baked into another on top of it."""

from workspaces.engine.docker.snapshots.snapshots import DockerSnapshots

__all__ = ["DockerSnapshots"]
