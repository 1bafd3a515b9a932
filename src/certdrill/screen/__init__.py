"""The drill as people see it: full screen in a terminal, plain lines in a pipe."""
