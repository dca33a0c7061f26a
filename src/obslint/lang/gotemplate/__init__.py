"""Go's text/template: whether a text parses, what its actions are, and which functions it calls.

Follows Go's `text/template/parse`, which stops at the first mistake; what newer releases of Go take is taken. Nothing
is executed: which fields and templates there are is not asked.
"""

from __future__ import annotations

from obslint.lang.gotemplate.ast import Action, Call, Operand, Pipeline, Template
from obslint.lang.gotemplate.parser import MAX_DEPTH, Undefined, parse

__all__ = ["MAX_DEPTH", "Action", "Call", "Operand", "Pipeline", "Template", "Undefined", "parse"]
