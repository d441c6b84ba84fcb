"""The crosswalk as it is seen: an object, ours and another protocol's beside each other."""
