"""What the model promises, held by machine.  Files are named after the room they test."""
