"""Renderings of a run: pure functions from a run file to documents."""
