"""Rules on what becomes of log lines on their way."""
