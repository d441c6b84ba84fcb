"""Pictures of an edition and of one network: roles, landscape, modes, a session."""
