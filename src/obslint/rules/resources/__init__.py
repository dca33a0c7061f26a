"""Rules on what services need to run well: storage, health, limits."""
