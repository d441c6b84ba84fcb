"""Roaming endpoints over real mutual TLS, as the edition asks for it.

`channel` is the whole of it without a socket or a clock, and `message_protection` is how far
messages in it are protected; `connection` puts a channel on a socket; `serving` puts an
endpoint on connections, hears them in fair `turns` and knows its `peers`, and `running` ends it
by a signal; `limits` are what all of this may cost; `probing` looks at the endpoint of another.
What is first said on a channel can be followed byte by byte (`client_hello`, `framing`).
"""
