"""Rules on who watches the watcher."""
