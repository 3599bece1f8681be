"""Tables of the administration for workshops."""
