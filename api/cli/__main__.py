"""`python -m api.cli` is `staydown`, for where the script is not on the path."""

import sys

from api.cli import main

if __name__ == "__main__":
    sys.exit(main())
