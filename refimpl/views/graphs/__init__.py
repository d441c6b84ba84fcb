"""Pictures of the edition and of one network: roles, landscape, modes, the session's machine."""
