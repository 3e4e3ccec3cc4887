"""Turn a trained model into a serverless function."""

__version__ = "0.1.0"
