"""Rules on who can reach what."""
