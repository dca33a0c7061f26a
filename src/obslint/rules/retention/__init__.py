"""Rules on what is kept, where and for how long."""
