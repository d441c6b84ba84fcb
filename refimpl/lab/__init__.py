"""What can be tried out on the model: a message sealed, a handshake held, an attack made.

An experiment is worked out here, with the functions of `security` and `tls`; the edition it is
made under is handed in.  Nothing here draws; `views.secure` shows what came of it.
"""
