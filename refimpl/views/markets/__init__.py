"""Roaming in numbers: what each mode costs as it grows, who still roams in an outage, and a day
of many sessions.
"""
