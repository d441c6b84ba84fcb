"""Tables of what an edition holds, and of what identifiers are read as."""
