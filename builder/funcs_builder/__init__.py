"""Images from plans: knows layers, manifests and registries, nothing of functions."""
