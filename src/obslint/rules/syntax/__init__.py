"""Rules on files a component refuses."""
