"""`groundwire bench`: the speed suite, as ratios against baselines of the same run."""

import subprocess
import sys

import click

SUITE = ("bench.proxy_latency", "bench.classifier_latency", "bench.family")


@click.command("bench", short_help="Measure speed against baselines of the same run.")
@click.option("--json", "as_json", is_flag=True, help="Accepted for symmetry: the output is JSON lines always.")
def command(as_json: bool) -> int:
    """Print one JSON object for each bench."""
    failed = 0
    for module in SUITE:
        failed |= subprocess.run([sys.executable, "-m", module], check=False).returncode
    return 1 if failed else 0
