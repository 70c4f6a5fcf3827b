#!/usr/bin/env python3
"""Copy a Cairn database, also while its server runs, and check the copy.

    scripts/backup.py harbour.db backups/harbour-1.db           a new file
    scripts/backup.py harbour.db backups/newest.db --force      over the last one

The copy is the hunts as they were at one moment, with everything saved up to then; claims go on
meanwhile, and nobody waits. The key file, which join codes are made from, is copied beside it.
The copy gets its name only when it is whole, on the disk, and was read like a server would.

To restore one: stop the server, move its database away together with the files that end in -wal
and -shm, and put the copy and its .key file in their place.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Runs from any checkout.

from msgspec import to_builtins
from rich.console import Console
from rich.progress import Progress

from server.backup import Backup, BackupFailed, back_up

EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED = 0, 1, 130

EXIT_CODES = """\
exit codes:
    0  the backup is there, and was checked
    1  there is no new backup; the message says why
    2  the command line has mistakes
  130  interrupted; nothing was left behind
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog="scripts/backup.py",
        description=__doc__,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("database", type=Path, help="the server's --db")
    result.add_argument("backup", type=Path, help="the file to make; its directory must exist")
    result.add_argument("--force", action="store_true", help="replace an older backup")
    result.add_argument("--json", action="store_true", help="print one JSON object")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    options = parser().parse_args(arguments)
    errors = Console(stderr=True)
    try:
        with Progress(console=errors, disable=not errors.is_terminal, transient=True) as progress:
            task = progress.add_task("Copying", total=None)
            made = back_up(
                options.database,
                options.backup,
                replace=options.force,
                progress=lambda done, total: progress.update(task, completed=done, total=total),
            )
    except BackupFailed as error:
        print(f"backup: {error}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("backup: interrupted; nothing was left behind.", file=sys.stderr)
        return EXIT_INTERRUPTED
    print(json.dumps(to_builtins(made)) if options.json else described(made))
    return EXIT_DONE


def described(made: Backup) -> str:
    """What a person wants to know of it."""
    hunts = ", ".join(made.hunts) or "no hunt yet"
    lines = [
        f"{made.database}: checked; {made.position:,} records ({hunts}), "
        f"{made.bytes / 1_048_576:,.1f} MiB."
    ]
    if made.key is None:
        lines.append("Warning: the database has no key file beside it; a server that starts on")
        lines.append("this copy makes a new one, and all join codes change.")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
