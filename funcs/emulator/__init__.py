"""What a developer adds to a processor: a first screen, readable lines, reload, the debugger.

The emulator validates function.yaml, writes the processor.yaml that Nuclio's dashboard would
write, and runs the same processor and workers as an image. User code never runs in its process.
"""
