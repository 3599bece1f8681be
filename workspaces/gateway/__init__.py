"""What lets a browser reach a workspace: one origin per workspace, with our credentials kept out of the container."""
