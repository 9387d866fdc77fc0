"""The story that `readygate demo` tells: real commands, real HTTP, and every claim checked."""
