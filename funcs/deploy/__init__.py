"""What is sent to a platform, decided as data (`plan`), and the clients that send it.

A target says where; a plan says what, step by step, and is printed, compared and replayed; a
client carries it out and waits. Nothing here builds an image: `memory` reads what a build left.
"""
