"""Tests that start installations of their own and end or kill them, so that none is in the way of the shared site."""
