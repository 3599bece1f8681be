"""/api/workshop: seats of a workshop for participants, and their list for who leads it."""
