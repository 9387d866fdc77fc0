"""What several tests share: a browser to drive, and Atlassian's own document to hold against us."""
