"""What the projects API takes and answers, by subject. Its words (project, type) stay in here."""
