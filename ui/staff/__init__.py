"""The staff console at /staff: behind its own login, off while no user exists."""
