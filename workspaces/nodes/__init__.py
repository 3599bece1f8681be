"""Other machines that run this: which there are, how they are, and the spaces on them. What they say is not trusted."""

from workspaces.nodes.listing import Node, Nodes, nodes_list, nodes_spaces
from workspaces.nodes.reading import NodeSpace

__all__ = ["Node", "NodeSpace", "Nodes", "nodes_list", "nodes_spaces"]
