"""The connector for Jira Cloud, and the only importer of `jira`."""
