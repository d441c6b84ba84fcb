"""Who speaks, and whether to believe it: what an edition asks of a channel, of a peer and of a
message.

`certificates` is the profile of a certificate and the check of a chain.  To try it out, `pki`
makes certificates for a whole network out of a seed, `defects` makes them wrong in one thing,
and `pki_files` hands them to other programs.
"""
