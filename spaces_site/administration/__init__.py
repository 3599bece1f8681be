"""The administration as a whole: its site, how it looks, and what stands in its sidebar."""
