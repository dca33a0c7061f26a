"""How many PromQL expressions are parsed and their labels inferred in a second on one core; no number here is a test.

    python benchmarks/expressions.py DIRECTORY [--rounds 5]

Every expression of the rule files and dashboards below the directory, Grafana's variables replaced, in the order found.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from obslint import engine
from obslint.graph.nodes import Expression
from obslint.lang import promql


def texts(directory: Path) -> list[str]:
    options = engine.Options([directory])
    expressions = engine.link(engine.load(options), options).all(Expression)
    return [
        item.substitution.text if item.substitution is not None else item.text
        for item in expressions
        if item.language == "promql"
    ]


def parsed(text: str) -> promql.Expr | None:
    try:
        return promql.parse.__wrapped__(text)  # not what was parsed before
    except promql.SyntaxProblem:
        return None


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    found = texts(options.directory)
    gc.collect()  # the files that they stood in
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # as the command line does
    trees = [tree for tree in map(parsed, found) if tree is not None]
    if not trees:
        raise SystemExit("no expression found")
    parsing, inferring = [], []
    for _ in range(options.rounds):  # interleaved, so that both see the same machine
        parsing.append(timed(lambda: [parsed(text) for text in found]))
        inferring.append(timed(lambda: [promql.Inference(tree) for tree in trees]))
    both = statistics.median(parsing) + statistics.median(inferring)
    print(f"{len(found)} expressions, {len(trees)} of them parse; medians of {options.rounds} rounds")
    print(f"parse        {1e6 * statistics.median(parsing) / len(found):6.1f} µs each")
    print(f"infer labels {1e6 * statistics.median(inferring) / len(trees):6.1f} µs each")
    print(f"both         {len(found) / both:6.0f} a second")


if __name__ == "__main__":
    main()
