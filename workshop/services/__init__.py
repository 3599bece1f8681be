"""Changes to workshops that people and programs ask for, and what the round does by itself."""
