"""The prompt: keys, completion and rendering (pure functions), scripts and headless runs."""
