"""What brings events to the workers: one module per kind."""
