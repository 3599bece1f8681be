"""Terminals in the browser: shells that go on in their container while nobody looks."""
