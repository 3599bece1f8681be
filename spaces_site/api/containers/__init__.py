"""/api/v1/containers: workspaces as the containers API knows them, by a project and a workspace id of the caller's."""
