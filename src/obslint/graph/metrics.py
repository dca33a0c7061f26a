"""Prometheus facts to nodes: jobs with resolved targets, Alertmanagers, loaded rule files, and what `job` can be."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from obslint.facts import prometheus as facts
from obslint.facts.common import Relabel, Scalar
from obslint.graph import containers, nodes
from obslint.graph.answers import Answer, unknown, yes
from obslint.graph.resolve import Names, resolve
from obslint.lang import addresses

_RECEIVERS = ("web.enable-remote-write-receiver", "web.enable-otlp-receiver")
_RECEIVER_FEATURES = frozenset(("remote-write-receiver", "otlp-write-receiver"))
_DROPS = frozenset(("drop", "keep", "dropequal", "keepequal"))
_RELABELS = re.compile(r"label_(?:replace|join)\s*\(")


def build_prometheus(
    stack: nodes.Stack,
    fact: facts.PrometheusFile,
    service: nodes.Service | None,
    config_directory: str,
    names: Names,
    target_files: Mapping[str, Sequence[facts.TargetFile]],
    others: Mapping[str, Sequence[facts.PrometheusFile]],
    tree: containers.Tree,
) -> nodes.Prometheus:
    """`config_directory` is where relative paths of the file start: in the container, or in the repository.

    `others` are the files that `scrape_config_files` may lead to, by path.
    """
    prometheus = nodes.Prometheus(stack=stack, place=fact.place, service=service, fact=fact)
    prometheus.agent = service is not None and (
        service.flag("agent") is not None
        or any("agent" in (flag.value or "").split(",") for flag in service.all_flags("enable-feature"))
    )
    jobs = [(job, config_directory) for job in fact.jobs]
    doubts: list[str] = []
    for load in scrape_file_loads(fact, service, config_directory, tree):
        doubts += load.complete.why if load.complete.unknown else ()
        doubts += [f"{path} was not read" for path in load.files if path not in others]
        for path in load.files:
            shown = containers.container_paths(service, path) if service is not None else [path]
            directory = posixpath.dirname(shown[0]) if shown else config_directory
            jobs += [(job, directory) for part in others.get(path, ()) for job in part.jobs]
    prometheus.jobs_complete = unknown(*doubts) if doubts else yes()
    for job, directory in jobs:
        loads = [containers.load(service, path, directory, tree) for path in job.file_discoveries]
        prometheus.jobs.append(build_job(prometheus, job, loads, target_files, names))
    for group in fact.alertmanagers or ():
        prometheus.alertmanagers.extend(_links(prometheus, "alertmanager", group.groups, group.relabels, None, names))
    prometheus.loads = [containers.load(service, path, config_directory, tree) for path in fact.rule_files]
    return prometheus


def scrape_file_loads(
    fact: facts.PrometheusFile, service: nodes.Service | None, config_directory: str, tree: containers.Tree
) -> list[nodes.Loaded]:
    """What `scrape_config_files` lead to; vmagent wants other files there, which are not read.

    Relative paths in such a file start at its own directory (prometheus/prometheus config/config.go, GetScrapeConfigs).
    """
    loads = [containers.load(service, path, config_directory, tree) for path in fact.scrape_config_files]
    if service is not None and not service.runs("prometheus"):
        return [nodes.Loaded(load.written, (), unknown("its scrape files are not read")) for load in loads]
    return [replace(load, files=tuple(path for path in load.files if path != fact.path)) for load in loads]


def link(
    stack: nodes.Stack,
    kind: str,
    client: nodes.Service | None,
    written: Scalar,
    names: Names,
    job: nodes.ScrapeJob | None = None,
) -> nodes.Link | None:
    """The link to a written address; None where the address cannot be read."""
    address = addresses.parse_target(written.text)
    if address is None or not address.host:
        return None
    start, end = address.host_at
    end = end if address.scheme else max(end, len(written.text))
    place = written.place.part(start, end, len(written.text))
    return nodes.Link(
        stack=stack,
        place=place,
        kind=kind,
        client=client,
        written=written,
        address=address,
        resolution=resolve(address, client, names),
        job=job,
    )


def build_job(
    scraper: nodes.Prometheus | nodes.Collector,
    fact: facts.ScrapeJob,
    loads: Sequence[nodes.Loaded],
    target_files: Mapping[str, Sequence[facts.TargetFile]],
    names: Names,
) -> nodes.ScrapeJob:
    """A job with its targets resolved; `loads` are the target files it names."""
    read = [file for load in loads for path in load.files for file in target_files.get(path, ())]
    name = fact.name.text if fact.name else None
    job = nodes.ScrapeJob(
        stack=scraper.stack,
        place=fact.name.place if fact.name else fact.place,
        scraper=scraper,
        fact=fact,
        name=name,
        groups=(*fact.groups, *(group for file in read for group in file.groups)),
        files_read=all(load.complete.yes and all(path in target_files for path in load.files) for load in loads),
    )
    job.static = not fact.discoveries and job.files_read and not _moves(fact.relabels)
    job.links.extend(_links(scraper, "scrape", job.groups, fact.relabels, job, names))
    targets = sum(len(group.targets) for group in job.groups)
    job.closed = not fact.proxied and (_constant(fact.relabels) or (job.static and len(job.links) == targets))
    return job


def _constant(relabels: Sequence[Relabel]) -> bool:
    """Whether every target is contacted at one address that a step writes, such as a prober's."""
    steps = [step for step in relabels if step.target_label is not None and step.target_label.text == "__address__"]
    return len(steps) == 1 and all(
        step.replacement is not None
        and "$" not in step.replacement.text
        and (step.regex is None or step.regex.text in ("(.*)", ".*"))
        and (step.action is None or step.action.text.lower() == "replace")
        for step in steps
    )


def scrapes_known(
    stack: nodes.Stack, servers: Sequence[nodes.Prometheus], collectors: Sequence[nodes.Collector]
) -> bool:
    """Whether everything that a stack's services scrape is known: each scraper's configuration names its targets.

    `servers` and `collectors` are those of the stack.
    """
    followed = {id(server.service) for server in servers} | {id(collector.service) for collector in collectors}
    if not all(collector.closed.yes for collector in collectors):
        return False
    if any(_may_scrape(service) and id(service) not in followed for service in stack.services.values()):
        return False
    return all(
        server.jobs_complete.yes
        and all(job.closed for job in server.jobs)
        and not (server.service and server.service.amended.unknown)
        for server in servers
    )


def _may_scrape(service: nodes.Service) -> bool:
    component = service.component
    if component is None:
        return False
    return component.role in ("scraper", "collector") or any(
        config.kind == "prometheus" or (config.kind == "vmagent" and service.flag(*config.flags) is not None)
        for config in component.config
    )


def _moves(relabels: Sequence[Relabel]) -> bool:
    """Whether relabelling drops targets or changes where they are reached."""
    return any(
        (step.action is not None and step.action.text.lower() in (*_DROPS, "labelmap"))
        or (step.target_label is not None and step.target_label.text == "__address__")
        for step in relabels
    )


def _links(
    scraper: nodes.Prometheus | nodes.Collector,
    kind: str,
    groups: Sequence[facts.TargetGroup],
    relabels: Sequence[Relabel],
    job: nodes.ScrapeJob | None,
    names: Names,
) -> list[nodes.Link]:
    """Links to the addresses that are really contacted: relabelling may replace them by one constant (a prober's)."""
    if job is not None and job.fact.proxied:
        return []
    rewrites = [step for step in relabels if step.target_label is not None and step.target_label.text == "__address__"]
    if rewrites:
        constant = rewrites[-1].replacement
        if constant is None or "$" in constant.text or len(rewrites) > 1:
            return []
        found = link(scraper.stack, kind, scraper.service, constant, names, job)
        return [found] if found else []
    if any(step.action is not None and step.action.text.lower() in (*_DROPS, "labelmap") for step in relabels):
        return []
    return [
        found
        for group in groups
        for target in group.targets
        if (found := link(scraper.stack, kind, scraper.service, target, names, job)) is not None
    ]


def settle_rules(
    prometheus: nodes.Prometheus, rule_files: Mapping[str, Sequence[nodes.RuleFile]], refused: Container[str]
) -> None:
    """Tie the server to the rule files it loads, and say whether these are all; `refused` are paths of broken ones."""
    doubts = [reason for load in prometheus.loads if load.complete.unknown for reason in load.complete.why]
    broken: list[str] = []
    for load in prometheus.loads:
        for path in load.files:
            if path not in rule_files:
                (broken if path in refused else doubts).append(f"{path} was not read")
            for rule_file in rule_files.get(path, ()):
                if rule_file not in prometheus.rule_files:
                    prometheus.rule_files.append(rule_file)
                    rule_file.loaders.append(f"`rule_files` of {prometheus.fact.path}")
    prometheus.rules_known = unknown(*doubts) if doubts else yes()
    prometheus.rules_complete = unknown(*doubts, *broken) if doubts or broken else yes()


def settle_jobs(prometheus: nodes.Prometheus) -> None:
    """Where the series of this server come from, and the values that their label `job` can have, as far as known."""
    prometheus.closed = _closed(prometheus)
    prometheus.job_world, prometheus.job_names = _job_world(prometheus)


def _closed(prometheus: nodes.Prometheus) -> Answer:
    fact, service = prometheus.fact, prometheus.service
    if service is None:
        return unknown("no service shows with which flags it runs")
    receiver = service.flag(*_RECEIVERS)
    features = {part for flag in service.all_flags("enable-feature") for part in (flag.value or "").split(",")}
    if receiver is not None or features & _RECEIVER_FEATURES:
        return unknown("it accepts series pushed by others")
    if service.scripted or any(flag.value and "\x00" in flag.value for flag in service.all_flags("enable-feature")):
        return unknown("its flags are not fully known")
    if service.amended.unknown:
        return service.amended
    if not service.runs("prometheus"):
        return unknown("it may receive series from others")
    if not prometheus.jobs_complete.yes:
        return unknown("`scrape_config_files` may add jobs")
    if fact.remote_reads:
        return unknown("it reads from a remote store")
    if not prometheus.rules_known.yes:  # what a refused file would record, no server records
        return unknown(*prometheus.rules_known.why)
    return yes()


def _job_world(prometheus: nodes.Prometheus) -> tuple[Answer, frozenset[str]]:
    if not prometheus.closed.yes:
        return prometheus.closed, frozenset()
    values: set[str] = set()
    for job in prometheus.jobs:
        why = _opens_job(job.fact, job.files_read)
        if why or job.name is None or "${" in job.name:
            return unknown(why or "a job has no readable name"), frozenset()
        values.add(job.name)
        for group in job.groups:
            values.update(entry.value.text for entry in group.labels if entry.name.text == "job" and entry.value)
    for rule_file in prometheus.rule_files:
        for rule in rule_file.rules():
            if not rule.alerting and rule.expr is not None and _RELABELS.search(rule.expr.text):
                return unknown(f"recording rule `{rule.name}` may write the label `job`"), frozenset()
            for entry in rule.labels:
                if entry.name.text != "job" or entry.value is None:
                    continue
                if "{{" in entry.value.text:
                    return unknown(f"a template decides the label `job` of `{rule.name}`"), frozenset()
                values.add(entry.value.text)
    external = prometheus.fact.external_labels
    values.update(entry.value.text for entry in external if entry.name.text == "job" and entry.value)
    return yes(), frozenset(values)


def federates(job: facts.ScrapeJob) -> bool:
    """Whether a job reads series of another Prometheus, with the labels they have there."""
    return job.metrics_path is not None and job.metrics_path.text.rstrip("/").endswith("/federate")


def _opens_job(job: facts.ScrapeJob, files_read: bool) -> str:
    """Why a job's series may carry other `job` values than its name; empty where they cannot."""
    if job.honor_labels:
        return f"job `{job.name}` honours the labels of its targets"
    if federates(job):
        return f"job `{job.name}` federates"
    if not files_read:
        return f"job `{job.name}` reads labels from files that are not here"
    if any(discovery.text == "http_sd_configs" for discovery in job.discoveries):
        return f"job `{job.name}` reads labels over HTTP"
    for step in (*job.relabels, *job.metric_relabels):
        action = step.action.text.lower() if step.action else "replace"
        if action == "labelmap":
            return f"job `{job.name}` maps labels"
        if step.target_label is not None and (step.target_label.text == "job" or "$" in step.target_label.text):
            return f"job `{job.name}` rewrites the label `job`"
    return ""


def rule_flag_loads(service: nodes.Service, flag_names: Sequence[str], tree: containers.Tree) -> list[nodes.Loaded]:
    """What an evaluator loads by flags, such as vmalert's `-rule`."""
    return [
        containers.load(service, Scalar(pattern, flag.place), "/", tree)
        for flag in service.all_flags(*flag_names)
        for pattern in (flag.value or "").split(",")
        if pattern
    ]
