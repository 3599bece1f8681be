"""ASGI entry point (replaced below)."""
