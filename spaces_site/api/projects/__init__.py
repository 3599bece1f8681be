"""Projects: /api/projects, /api/workspace, /api/config and /api/limits."""
