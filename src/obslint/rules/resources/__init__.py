"""Rules on what components need to run well: storage, health, limits."""
