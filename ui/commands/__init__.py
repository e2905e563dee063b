"""The commands of `ictnavi`, a file for each group; ui/cli.py puts them together."""
