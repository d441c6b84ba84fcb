"""A journey in motion: its sequence of messages, and a stepper through it."""
