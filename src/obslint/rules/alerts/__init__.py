"""Rules on alerts and on how they are notified."""
