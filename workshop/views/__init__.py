"""Pages of workshops: for their leaders, and for participants."""
