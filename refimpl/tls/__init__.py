"""Roaming endpoints over real mutual TLS, as the edition asks for it.

`channel` is the whole of it without a socket or a clock, and `exchange` is how far messages in
it are protected; `connection` puts a channel on a socket; `serving` puts an endpoint on
connections; `probing` looks at somebody else's.
"""
