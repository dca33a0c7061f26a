"""Rules on what makes an index explode."""
