"""Rules on dashboards."""
