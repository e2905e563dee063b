"""The whole data folder as one file that proves itself, and back.

In: a data folder and a file's name, or such a file. Out: a zip with every file but locks, private copies and caches,
and an index of sizes and hashes; or the folder restored from it. It knows nothing of what the files mean, releases
apart.
"""

from rag.backup.form import INDEX, Backup, read_backup
from rag.backup.restore import Restored, restore_backup
from rag.backup.write import write_backup

__all__ = ["INDEX", "Backup", "Restored", "read_backup", "restore_backup", "write_backup"]
