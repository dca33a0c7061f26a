"""Rules on the resources and the health of services."""
