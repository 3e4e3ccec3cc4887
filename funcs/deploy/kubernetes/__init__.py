"""A function as Kubernetes resources, printed or applied with kubectl."""
