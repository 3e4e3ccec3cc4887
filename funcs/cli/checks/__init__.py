"""What ``funcs check`` looks at, one module a subject; each returns a Check, none prints."""
