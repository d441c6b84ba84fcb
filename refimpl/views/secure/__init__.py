"""Pictures and tables of the secure exchange, of what `lab` has tried out."""
