"""The health check of the web server's container: does it answer, and has it loaded the code location?

Here: one question to the server's own API, with the standard library only, so that asking costs little. Not here: the
checks of the code server and the daemon, which are Dagster's own commands (compose.yaml).
"""

import json
import sys
import urllib.request
from typing import Any

ADDRESS = "http://127.0.0.1:3000/graphql"
QUESTION = """{ workspaceOrError { __typename ... on Workspace { locationEntries { name loadStatus
    locationOrLoadError { __typename ... on PythonError { message } } } } } }"""


def problem(answer: dict[str, Any]) -> str | None:
    """What is wrong according to the server's answer, or None when every code location is loaded."""
    locations = (answer.get("data") or {}).get("workspaceOrError", {}).get("locationEntries")
    if not locations:
        return f"no code location: {answer}"
    for location in locations:
        content = location["locationOrLoadError"] or {}
        if content.get("__typename") != "RepositoryLocation":
            return f"{location['name']} is {location['loadStatus']}: {content.get('message', content)}"
    return None


def main(address: str = ADDRESS) -> int:
    """Exit code 0 when healthy, 1 otherwise, with one line that says why."""
    body = json.dumps({"query": QUESTION}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            wrong = problem(json.load(response))
    except (OSError, ValueError) as silence:
        wrong = f"{address} does not answer: {silence}"
    print(wrong or "healthy")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
