#!/usr/bin/env python3
"""Print the JSON Schema of hunt plans; `--write` puts it into docs/plan.schema.json."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Runs from any checkout.

import msgspec

from actors.domain.plan_document import PlanDocument

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "docs" / "plan.schema.json"


def schema_text() -> str:
    """Return the JSON Schema (draft 2020-12) of the plan document, made from its types."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cairn hunt plan",
        **msgspec.json.schema(PlanDocument),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Run the script; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/plan.schema.json")
    if parser.parse_args(arguments).write:
        SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
    else:
        print(schema_text(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
