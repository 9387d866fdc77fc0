"""What `readygate init` does: asks, looks at the tracker, and writes a first config."""
