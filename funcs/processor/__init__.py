"""The process in front of the workers: a drop-in for Nuclio's processor."""
