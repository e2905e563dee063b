"""From evidence to an answer's sentences: extractive now; every sentence passes verify before it is shown."""
