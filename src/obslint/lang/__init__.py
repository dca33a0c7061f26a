"""Languages embedded in configuration: queries, durations, templates, expressions."""
