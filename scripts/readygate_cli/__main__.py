"""`python -m readygate_cli`: the same as `readygate`."""

import sys

from readygate_cli.main import main

if __name__ == "__main__":
    sys.exit(main())
