"""What to study now, how a session goes and how an answer is graded: pure values and functions."""
