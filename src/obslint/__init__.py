"""obslint: the linter and policy-as-code validator for self-hosted observability stacks."""

__version__ = "0.1.0"
