"""Docker as the engine: the only package that imports `docker`."""

from workspaces.engine.docker.driver import DockerEngine

__all__ = ["DockerEngine"]
