"""Facts: what each file says, in plain immutable data with places; what is meant is the graph's business."""
