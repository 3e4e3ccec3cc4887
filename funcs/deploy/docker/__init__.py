"""Plain Docker as a platform: one container for a function, replaced without losing a request."""
