"""Where an image goes: a folder, an archive, an engine, a registry; all take the same image."""
