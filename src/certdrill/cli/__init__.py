"""The command line: one file a command; they parse, call and print, and nothing else. Owns click."""
