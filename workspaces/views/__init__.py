"""The pages of workspaces, one module per page."""
