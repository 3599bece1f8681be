"""/api/spaces, /api/templates, /api/nodes, /api/system, /api/audit: workspaces as sandboxes, by name."""
