"""The faces: chat page, staff console, server, command line. They call `rag` and `evals`; nothing calls them."""
