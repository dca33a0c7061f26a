"""Rules on PromQL: expressions that are valid and do not say what is meant."""
