"""The five topics people ask about, as texts beside this module: `readygate help TOPIC`."""
