"""Rules on the quality of alerts and of what becomes of them."""
