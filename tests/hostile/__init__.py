"""Peers that mean harm, each in a process of its own, and the partners beside them that want to be
served meanwhile.

`loads` has what a stranger or a partner does to an endpoint, `meter` how long the others wait for
their answers.  Nothing here knows the model: it speaks TLS, and frames that it is given.
"""
