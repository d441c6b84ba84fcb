"""Implementations beside the reference, each a process of its own that speaks with the runner."""
