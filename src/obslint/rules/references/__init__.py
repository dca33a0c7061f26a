"""Rules on names, files and addresses that lead nowhere."""
