"""The peer of creating: the engine by itself, with the same image and the same limits."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

import docker

from tests.engine_cleanup import remove_all
from workspaces.engine.base import LABEL_INSTANCE, ContainerSpec
from workspaces.engine.docker.spec import create_arguments

PORT = 13337


class Bare:
    """Makes containers of `image` with nothing around them, labelled with an instance name of its own."""

    def __init__(
        self, client: docker.DockerClient, image: str, instance: str = "", *, port: int = PORT, memory_mb: int = 2048
    ) -> None:
        self.client = client
        self.image = image
        self.port = port
        self.memory_mb = memory_mb
        self.instance = instance or f"bench-{secrets.token_hex(4)}"

    def start(self, own_network: bool, *, with_volume: bool = True) -> str:
        """URL of a new container's app, which has just been started; with `own_network` in a bridge made for it."""
        api, name = self.client.api, f"bench-{secrets.token_hex(6)}"
        labels = {LABEL_INSTANCE: self.instance}
        arguments = create_arguments(api, _spec(name, self.image, labels, self.memory_mb))
        mount = arguments["host_config"]["Mounts"][0]
        mount["Source"] = None  # a volume without a name, which goes with its container
        if not with_volume:
            arguments["host_config"]["Mounts"] = []
        if own_network:
            api.create_network(name, driver="bridge", labels=labels)
        else:
            arguments["host_config"]["NetworkMode"] = "bridge"
        api.create_container(**arguments)
        api.start(name)
        [network] = api.inspect_container(name)["NetworkSettings"]["Networks"].values()
        return f"http://{network['IPAddress']}:{self.port}"

    def remove(self) -> None:
        """Afterwards nothing of it is left."""
        labelled = {"label": f"{LABEL_INSTANCE}={self.instance}"}
        with ThreadPoolExecutor(10) as pool:
            names = [found["Id"] for found in self.client.api.containers(all=True, filters=labelled)]
            list(pool.map(lambda name: self.client.api.remove_container(name, force=True, v=True), names))
        remove_all(self.client, self.instance)


def _spec(name: str, image: str, labels: dict[str, str], memory_mb: int) -> ContainerSpec:
    """As the kinds of the product have it."""
    return ContainerSpec(
        name=name, image=image, memory_mb=memory_mb, cpus=2, pids=512, user="coder", hostname=name, labels=labels
    )
