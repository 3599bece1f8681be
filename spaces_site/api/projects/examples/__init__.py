"""Requests and answers of the projects API as its document shows them."""
