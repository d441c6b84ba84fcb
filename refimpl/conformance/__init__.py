"""Conformance: another implementation is asked what the vectors ask, and its answers are
compared.

`vectors/HARNESS.md` says how a program speaks with the runner.
"""
