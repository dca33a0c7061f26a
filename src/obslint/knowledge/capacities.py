"""Metrics that are never zero where they exist, so that one may divide by them.

The size of a machine, or of what Kubernetes lets a node use. Sources: node_exporter `collector/meminfo*.go`, cAdvisor
`metrics/prometheus_machine.go`, kube-state-metrics `docs/metrics/cluster/node-metrics.md`. Not among them: sizes of
swap and of pseudo file systems, and limits, all of which are zero where there is none.
"""

from __future__ import annotations

from typing import Final

NEVER_ZERO: Final = frozenset(
    {
        "kube_node_status_allocatable",
        "kube_node_status_capacity",
        "machine_cpu_cores",
        "machine_cpu_physical_cores",
        "machine_memory_bytes",
        "node_memory_MemTotal_bytes",
        "node_memory_total_bytes",
    }
)
