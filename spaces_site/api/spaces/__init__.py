"""/api/v1/spaces: workspaces as the Spaces API knows them, by number."""
