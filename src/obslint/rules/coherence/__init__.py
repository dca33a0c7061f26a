"""Rules on parts of the configuration that contradict each other."""
