"""`python -m obslint`."""

from __future__ import annotations

from obslint.cli import main

raise SystemExit(main())
