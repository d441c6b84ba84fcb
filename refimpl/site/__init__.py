"""Building what is published: the notebooks are executed here, and compared with what is
stored.

A build tool: it decides nothing about roaming and draws no picture.
"""
