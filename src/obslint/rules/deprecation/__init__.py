"""Rules on what is deprecated or removed."""
