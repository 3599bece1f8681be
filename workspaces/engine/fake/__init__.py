"""An engine in memory, with the rules of the real one and with faults to order; for tests and nothing else."""

from workspaces.engine.fake.engine import FakeEngine
from workspaces.engine.fake.inside import Asked
from workspaces.engine.faults import Fault, Killed

__all__ = ["Asked", "FakeEngine", "Fault", "Killed"]
