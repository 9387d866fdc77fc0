"""`python -m readygate_sandbox`: the sandbox without the rest of the product."""

import argparse
import sys
from pathlib import Path

from readygate_sandbox.serving import run


def main(argv: list[str] | None = None) -> int:
    """Parse the options and serve; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="readygate_sandbox",
        description="Local look-alikes of Jira Cloud and Airtable, on loopback.",
    )
    parser.add_argument("--jira-port", type=int, default=0, metavar="N", help="0: any free port")
    parser.add_argument("--airtable-port", type=int, default=0, metavar="N", help="the same")
    parser.add_argument(
        "--seed", default="demo", metavar="demo|demo-en|FILE", help="what the site holds"
    )
    parser.add_argument("--state", type=Path, metavar="FILE", help="keep the site in this file")
    options = parser.parse_args(argv)
    return run(
        jira_port=options.jira_port,
        airtable_port=options.airtable_port,
        seed=options.seed,
        state_file=options.state,
    )


if __name__ == "__main__":
    sys.exit(main())
