"""`python -m certdrill` is the command `certdrill`."""

from certdrill.cli.main import main

if __name__ == "__main__":
    main()
