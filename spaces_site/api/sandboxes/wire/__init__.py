"""What the sandboxes API takes and answers. Its words (space, node, capabilities) stay in this package."""
