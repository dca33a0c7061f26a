"""RET001."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.findings import Claim, Proof, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Loki
from obslint.rules.base import Rule

_TRUE = frozenset(("true", "yes", "on", "1", "t"))


class LokiRetentionNotEnforced(Rule[Loki]):
    """Loki's retention is set, but nothing deletes: the compactor's retention is not enabled.

    `limits_config.retention_period` only says how long logs should live. Deleting is the compactor's work, and it
    deletes only with `compactor.retention_enabled: true` (Loki 3 also wants `delete_request_store`). Without it the
    disk fills until ingestion stops, and logs that had to be gone are still there.
    """

    code, name, severity = "RET001", "loki-retention-not-enforced", Severity.ERROR
    on = Loki

    def check(self, loki: Loki, graph: Graph) -> Iterator[Claim]:
        fact, service = loki.fact, loki.service
        wanted = fact.retention_period or next(iter(fact.retention_streams), None)
        if wanted is None or wanted.text.strip() in ("0", "0s", "0h", "0d") or "$" in wanted.text:
            return
        enabled = fact.retention_enabled
        if enabled is not None and (enabled.text.lower() in _TRUE or "$" in enabled.text):
            return
        if fact.table_manager_deletes is not None and fact.table_manager_deletes.text.lower() in _TRUE:
            return  # the table manager deletes where the index is of the legacy kinds it knows
        if service is not None and service.may_be_set("compactor.retention-enabled"):
            return
        related = [Related(place, "this key belongs under `compactor`") for place in fact.misplaced_retention_enabled]
        if enabled is not None:
            related.append(Related(enabled.place, "disabled here"))
        elif fact.compactor is not None:
            related.append(Related(fact.compactor, "the compactor is configured here, without `retention_enabled`"))
        local = all(period.object_store and period.object_store.text == "filesystem" for period in fact.periods)
        proven = service is not None and service.runs("loki") and local and bool(fact.periods)
        yield self.claim(
            loki,
            f"logs are to be kept {wanted.text}, but nothing deletes them: `compactor.retention_enabled` is not true",
            place=wanted.place,
            related=related,
            help="add `compactor: {working_directory: …, retention_enabled: true, delete_request_store: …}`"
            if fact.compactor is None
            else "set `retention_enabled: true` under `compactor` (and `delete_request_store` from Loki 3.0 on)",
            severity=Severity.ERROR if proven else Severity.WARNING,
            proof=Proof.PROVEN if proven else Proof.LIKELY,
        )
