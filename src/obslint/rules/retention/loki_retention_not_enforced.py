"""RET001."""

from __future__ import annotations

from collections.abc import Iterator

from obslint.facts.common import Scalar
from obslint.findings import Claim, Related, Severity
from obslint.graph import Graph
from obslint.graph.nodes import Loki
from obslint.lang.durations import prometheus_duration
from obslint.rules.base import Rule

_TRUE = frozenset(("true", "yes", "on", "1", "t"))


class LokiRetentionNotEnforced(Rule[Loki]):
    """Loki's retention is set, but nothing deletes: the compactor's retention is not enabled.

    `limits_config.retention_period` only says how long logs should live. Deleting is the compactor's work, and it
    deletes only with `compactor.retention_enabled: true` (Loki 3 also wants `delete_request_store`). Without it the
    disk fills until ingestion stops, and logs that had to be gone are still there. It is a warning where the chunks lie
    in a bucket, whose own lifecycle may delete them, or where no service here runs the configuration.
    """

    code, name, severity = "RET001", "loki-retention-not-enforced", Severity.ERROR
    on = Loki

    def check(self, loki: Loki, graph: Graph) -> Iterator[Claim]:
        fact, service = loki.fact, loki.service
        written = [*([fact.retention_period] if fact.retention_period else []), *fact.retention_streams]
        wanted = next((period for period in written if _limits(period)), None)
        enabled = fact.retention_enabled
        if wanted is None or (enabled is not None and _may_be_true(enabled.text)):
            return
        if fact.table_manager_deletes is not None and _may_be_true(fact.table_manager_deletes.text):
            return  # the table manager deletes where the index is of the legacy kinds it knows
        related = [Related(place, "this key belongs under `compactor`") for place in fact.misplaced_retention_enabled]
        if service is not None:
            flag = service.flag("compactor.retention-enabled")
            if service.scripted or (flag is not None and _may_be_true(flag.value or "true")):
                return
            if flag is not None:
                related.append(Related(flag.place, "disabled here"))
        if enabled is not None:
            related.append(Related(enabled.place, "disabled here"))
        elif fact.compactor is not None:
            related.append(Related(fact.compactor, "the compactor is configured here, without `retention_enabled`"))
        local = all(period.object_store and period.object_store.text == "filesystem" for period in fact.periods)
        ours = service is not None and service.runs("loki") and service.amended.no
        proven = ours and local and bool(fact.periods)
        yield self.claim(
            loki,
            f"logs are to be kept {wanted.text}, but nothing deletes them: `compactor.retention_enabled` is not true",
            place=wanted.place,
            related=related,
            help="add `compactor: {working_directory: …, retention_enabled: true, delete_request_store: …}`"
            if fact.compactor is None
            else "set `retention_enabled: true` under `compactor` (and `delete_request_store` from Loki 3.0 on)",
            proven=proven,
        )


def _limits(period: Scalar) -> bool:
    """Whether a retention period is known and not 0, which means for ever."""
    try:
        return prometheus_duration(period.text) > 0
    except ValueError:
        return False


def _may_be_true(text: str) -> bool:
    return text.lower() in _TRUE or "$" in text or "\x00" in text
