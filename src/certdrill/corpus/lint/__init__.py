"""The writing rules of cards and the figures of a whole corpus: advice and verdicts of `certdrill check` alone."""
