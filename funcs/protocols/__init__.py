"""Wire protocols: an event's bytes to a Request, a result or an error back to bytes.

One small class for each protocol, chosen by a table (table.py). A protocol knows nothing of
triggers, workers and steps; the graph knows nothing of protocols.
"""
