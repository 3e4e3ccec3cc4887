"""Sends recorded or saved events to a function again, and compares the answers.

What is sent is data: nothing of a tape is run, and its events go nowhere but to the addresses
that were asked for.
"""
