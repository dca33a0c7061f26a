"""obslint: the linter and policy-as-code validator for self-hosted observability stacks.

What is named in `__all__` is the public API; everything else may change in any release. Importing this module imports
nothing else: each name is fetched from its own module when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from obslint.findings import Finding, Location, Outcome, Proof, Severity
    from obslint.rules.base import Rule

__version__ = "0.1.0"

__all__ = ["Finding", "Location", "Outcome", "Proof", "Rule", "Severity", "__version__", "lint"]

_HOMES = {
    "Finding": "obslint.findings",
    "Location": "obslint.findings",
    "Outcome": "obslint.findings",
    "Proof": "obslint.findings",
    "Rule": "obslint.rules.base",
    "Severity": "obslint.findings",
}


def lint(
    paths: Iterable[str | Path],
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    exclude: Sequence[str] = (),
    kinds: Mapping[str, str] | None = None,
    include_archives: bool = False,
) -> Outcome:
    """Check files and directories, as `obslint check` does without an `obslint.yaml`.

    `select` and `ignore` take codes, families and names of rules; `exclude` and the keys of `kinds` are globs in
    `.gitignore` syntax from the working directory. Raises ValueError for a rule or kind that does not exist,
    `obslint.discover.InputError` for a path that cannot be read or judged, `obslint.rules.registry.PluginError` for a
    plugin that cannot be loaded.
    """
    from pathlib import Path

    from obslint import engine
    from obslint.kinds import KINDS

    unknown = sorted(set((kinds or {}).values()) - KINDS.keys())
    if unknown:
        raise ValueError(f"no kind of config is called {', '.join(f'`{kind}`' for kind in unknown)}")
    return engine.check(
        engine.Options(
            paths=[Path(path) for path in paths],
            select=select,
            ignore=ignore,
            exclude=exclude,
            kinds=kinds or {},
            include_archives=include_archives,
        )
    )


if not TYPE_CHECKING:  # a type checker would take every name for one of ours

    def __getattr__(name: str) -> object:
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value: object = getattr(import_module(home), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
