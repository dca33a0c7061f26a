"""Who an address means to a container: some eighty situations of two services, through the real pipeline."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from obslint import engine, graph
from obslint.graph import nodes
from obslint.graph.answers import Verdict
from obslint.graph.listening import listening

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
FRONT_BACK = "networks: {front: {}, back: {}}"
OVERRIDDEN = "docker-compose.yml + docker-compose.override.yml"
REDIS = "services: {redis-exporter: {image: 'oliver006/redis_exporter:v1.67.0'}}\n"


@dataclass(frozen=True)
class Situation:
    """`prometheus` scrapes `target`; `client` and `server` are more keys of `prometheus` and `api`."""

    verdict: Verdict
    why: str
    """A part of the reason."""
    target: str = "api:8000"
    client: str = ""
    server: str = ""
    rest: str = ""
    """More services, indented by two, or top-level keys."""
    reached: str | None = None
    """The service that the resolution names, on yes and on no."""
    files: Mapping[str, str] = field(default_factory=dict)
    path: str = "docker-compose.yml"
    stack: str = ""
    """The stack whose link is meant, where it is not `path` alone."""


def overriding(text: str) -> dict[str, str]:
    return {"docker-compose.prod.yml": text}


SITUATIONS = {
    "both on the default network": Situation(YES, "_default", reached="api"),
    "both on one explicit network": Situation(
        YES,
        "_back",
        client="networks: [back]",
        server="networks: [back, front]",
        rest=FRONT_BACK,
        reached="api",
    ),
    "networks as a mapping": Situation(
        YES, "_back", client="networks: {back: }", server="networks: {back: {priority: 1}}", rest=FRONT_BACK
    ),
    "two networks that share nothing": Situation(
        NO,
        "`prometheus` is on `front`; `api` is on `back`",
        client="networks: [front]",
        server="networks: [back]",
        rest=FRONT_BACK,
        reached="api",
    ),
    "a list that forgets the default network": Situation(
        NO, "`prometheus` is on `default`", server="networks: [back]", rest=FRONT_BACK, reached="api"
    ),
    "a list that names the default network": Situation(
        YES, "_default", server="networks: [back, default]", rest=FRONT_BACK
    ),
    "two keys with one real name": Situation(
        YES,
        "on network shared",
        client="networks: [one]",
        server="networks: [two]",
        rest="networks: {one: {name: shared}, two: {name: shared}}",
    ),
    "a network named by a variable": Situation(
        UNKNOWN,
        "named by a variable",
        server="networks: [back]",
        rest="networks: {back: {name: '${NETWORK}'}}",
    ),
    "a network named by a default": Situation(
        NO,
        "`api` is on `back`",
        server="networks: [back]",
        rest="networks: {back: {name: '${NETWORK:-monitoring}'}}",
    ),
    "an undeclared network": Situation(UNKNOWN, "not declared here", server="networks: [back]"),
    "an alias": Situation(
        YES,
        "_back",
        target="web:8000",
        client="networks: [back]",
        server="networks: {back: {aliases: [web]}}",
        rest=FRONT_BACK,
    ),
    "an alias of another network": Situation(
        NO,
        "an alias of `api` on a network that `prometheus` does not join",
        target="web:8000",
        client="networks: [front]",
        server="networks: {front: {}, back: {aliases: [web]}}",
        rest=FRONT_BACK,
        reached="api",
    ),
    "a container name": Situation(YES, "`shop-api`", target="shop-api:8000", server="container_name: shop-api"),
    "a container name that a variable decides": Situation(
        UNKNOWN, "may be a name of `api`", target="shop-api:8000", server='container_name: "${PREFIX}-api"'
    ),
    "a container name that no variable can make": Situation(
        NO, "is called `redis`", target="redis:8000", server='container_name: "${PREFIX}-api"'
    ),
    "a container name whose parts would overlap": Situation(
        NO, "is called `web`", target="web:8000", server='container_name: "web${SUFFIX}web"'
    ),
    "a name that ends like a service's": Situation(NO, "is called `legacy-api`", target="legacy-api:8000"),
    "a container name with a default": Situation(
        YES, "`shop-api`", target="shop-api:8000", server='container_name: "${PREFIX:-shop}-api"'
    ),
    "a hostname": Situation(YES, "`web`", target="web:8000", server="hostname: web"),
    "a generated container name": Situation(YES, "`shop-api-1`", target="shop-api-1:8000", rest="name: shop"),
    "a generated name of another project name": Situation(UNKNOWN, "may be a name of `api`", target="shop-api-1:8000"),
    "a name of a swarm stack": Situation(UNKNOWN, "may be a name of `api`", target="shop_api:8000"),
    "the tasks of a swarm service": Situation(YES, "`api` on network", target="tasks.api:8000", reached="api"),
    "the tasks of a service that is not here": Situation(
        UNKNOWN, "outside the compose file", target="tasks.redis:8000"
    ),
    "the tasks of a service on another network": Situation(
        UNKNOWN, "outside the compose file", target="tasks.api:8000", server="networks: [back]", rest=FRONT_BACK
    ),
    "a service of a profile": Situation(YES, "_default", server="profiles: [debug]", reached="api"),
    "an alias of a service of a profile": Situation(
        YES,
        "`web`",
        target="web:8000",
        server="profiles: [debug]\n    networks: {default: {aliases: [web]}}",
        reached="api",
    ),
    "an alias on one of the networks that both join": Situation(
        YES,
        "`web` on network",
        target="web:8000",
        client="networks: [front, back]",
        server="networks: {front: {}, back: {aliases: [web]}}",
        rest=FRONT_BACK,
        reached="api",
    ),
    "an alias that two services have, one of them out of reach": Situation(
        YES,
        "`web` on network",
        target="web:8000",
        client="networks: [front]",
        server="networks: {back: {aliases: [web]}}",
        rest="""
  front:
    image: ghcr.io/acme/front:1.4.2
    networks: {front: {aliases: [web]}}
networks: {front: {}, back: {}}
""".lstrip("\n"),
        reached="front",
    ),
    "a container name that the override file gives": Situation(
        YES,
        "`shop-api`",
        target="shop-api:8000",
        reached="api",
        files={"docker-compose.override.yml": "services: {api: {container_name: shop-api}}"},
        stack=OVERRIDDEN,
    ),
    "a container name that the override file takes away": Situation(
        NO,
        "is called `shop`",
        target="shop:8000",
        server="container_name: shop",
        files={"docker-compose.override.yml": "services: {api: {container_name: store}}"},
        stack=OVERRIDDEN,
    ),
    "a container name that the override file resets": Situation(
        NO,
        "is called `shop`",
        target="shop:8000",
        server="container_name: shop",
        files={"docker-compose.override.yml": "services: {api: {container_name: !reset null}}"},
        stack=OVERRIDDEN,
    ),
    "a network that the override file adds": Situation(
        YES,
        "_back",
        client="networks: [front]",
        server="networks: [back]",
        rest=FRONT_BACK,
        files={"docker-compose.override.yml": "services: {prometheus: {networks: [back]}}"},
        stack=OVERRIDDEN,
        reached="api",
    ),
    "a service that the override file adds": Situation(
        YES,
        "_default",
        target="redis-exporter:9121",
        files={"docker-compose.override.yml": REDIS},
        stack=OVERRIDDEN,
        reached="redis-exporter",
    ),
    "networks that the server extends from another file": Situation(
        YES,
        "_back",
        client="networks: [back]",
        server="extends: {file: base.yml, service: base}",
        rest=FRONT_BACK,
        reached="api",
        files={"base.yml": "services: {base: {image: 'nginx:1.29', networks: [back]}}"},
    ),
    "networks that the server extends, which the client does not join": Situation(
        NO,
        "`api` is on `back`",
        client="networks: [front]",
        server="extends: {service: base}",
        rest="""
  base:
    image: nginx:1.29
    networks: [back]
networks: {front: {}, back: {}}
""".lstrip("\n"),
        reached="api",
    ),
    "an alias that the server extends": Situation(
        YES,
        "`web`",
        target="web:8000",
        client="networks: [back]",
        server="extends: {file: base.yml, service: base}",
        rest=FRONT_BACK,
        reached="api",
        files={"base.yml": "services: {base: {image: 'nginx:1.29', networks: {back: {aliases: [web]}}}}"},
    ),
    "a container name is extended, too": Situation(
        YES,
        "`shop-api`",
        target="shop-api:8000",
        server="extends: {file: base.yml, service: base}",
        reached="api",
        files={"base.yml": "services: {base: {image: 'nginx:1.29', container_name: shop-api}}"},
    ),
    "the service of an included file": Situation(
        YES,
        "_default",
        target="redis-exporter:9121",
        rest="include: [infra/redis.yml]",
        reached="redis-exporter",
        files={"infra/redis.yml": REDIS},
    ),
    "the service of an included file on a network of its own": Situation(
        NO,
        "`redis-exporter` is on `infra`",
        target="redis-exporter:9121",
        rest="include: [{path: infra/redis.yml}]",
        reached="redis-exporter",
        files={
            "infra/redis.yml": "services: {redis-exporter: {image: 'redis:8', networks: [infra]}}\nnetworks: {infra: }"
        },
    ),
    "the network of an included file": Situation(
        YES,
        "_infra",
        target="redis-exporter:9121",
        client="networks: [infra]",
        rest="include: [infra/redis.yml]",
        reached="redis-exporter",
        files={
            "infra/redis.yml": "services: {redis-exporter: {image: 'redis:8', networks: [infra]}}\nnetworks: {infra: }"
        },
    ),
    "an unknown name in a file whose includes were all read": Situation(
        NO,
        "is called `valkey`",
        target="valkey:9121",
        rest="include: [infra/redis.yml]",
        files={"infra/redis.yml": REDIS},
    ),
    "a service of another view, on a network of its own": Situation(
        UNKNOWN,
        "is a service of docker-compose.yml + more.yml",
        target="redis-exporter:9121",
        files={
            "more.yml": "services: {redis-exporter: {image: 'redis:8', networks: [side]}}\nnetworks: {side: }",
            "up.sh": "docker compose -f docker-compose.yml -f more.yml up\n",
        },
    ),
    "a service that only the larger view has": Situation(
        YES,
        "_default",
        target="redis-exporter:9121",
        files={"more.yml": REDIS, "up.sh": "docker compose -f docker-compose.yml -f more.yml up\n"},
        stack="docker-compose.yml + more.yml",
        reached="redis-exporter",
    ),
    "a name that no view has": Situation(
        NO,
        "in docker-compose.yml + more.yml is called `valkey`",
        target="valkey:9121",
        files={"more.yml": REDIS, "up.sh": "docker compose -f docker-compose.yml -f more.yml up\n"},
        stack="docker-compose.yml + more.yml",
    ),
    "the default network of another project by its real name": Situation(
        YES,
        "on network infra_default",
        target="redis-exporter:9121",
        client="networks: [infra]",
        rest="networks: {infra: {external: true, name: infra_default}}",
        reached="redis-exporter",
        files={"infra/docker-compose.yml": REDIS},
    ),
    "the default network of one of two projects of that name": Situation(
        UNKNOWN,
        "joins the external network infra_default",
        target="redis-exporter:9121",
        client="networks: [infra]",
        rest="networks: {infra: {external: true, name: infra_default}}",
        files={"a/infra/docker-compose.yml": REDIS, "b/infra/docker-compose.yml": REDIS},
    ),
    "the default network under a name of its own": Situation(
        YES, "on network monitoring", rest="networks: {default: {name: monitoring}}", reached="api"
    ),
    "a network that is named like another one's key": Situation(
        NO,
        "`api` is on `two`",
        client="networks: [one]",
        server="networks: [two]",
        rest="networks: {one: {name: x}, two: {name: one}}",
        reached="api",
    ),
    "letter case does not count": Situation(YES, "`api`", target="API:8000", reached="api"),
    "a trailing dot": Situation(YES, "`api`", target="api.:8000"),
    "a link": Situation(YES, "a link to `api`", target="web:8000", client='links: ["api:web"]', reached="api"),
    "a link to a service on another network": Situation(
        UNKNOWN,
        "is a link of `prometheus`",
        target="web:8000",
        client='links: ["api:web"]',
        server="networks: [back]",
        rest=FRONT_BACK,
    ),
    "an external link": Situation(
        UNKNOWN, "is a link of `prometheus`", target="legacy:8000", client='external_links: ["old_web_1:legacy"]'
    ),
    "an extra host": Situation(UNKNOWN, "an extra host", target="nas:9100", client='extra_hosts: ["nas:192.168.1.5"]'),
    "an extra host with an equals sign hides a service": Situation(
        UNKNOWN, "an extra host", client='extra_hosts: ["api=10.0.0.7"]'
    ),
    "an extra host in a mapping": Situation(
        UNKNOWN, "an extra host", target="nas:9100", client="extra_hosts: {nas: 192.168.1.5}"
    ),
    "name servers of its own": Situation(UNKNOWN, "its own name servers", target="nas:9100", client="dns: 10.0.0.2"),
    "the client on the host's network": Situation(UNKNOWN, "the host's network", client="network_mode: host"),
    "the client in a network mode that a variable decides": Situation(
        UNKNOWN, "that a variable decides", client='network_mode: "${MODE}"'
    ),
    "the server on the host's network": Situation(
        NO, "runs on the host's network", server="network_mode: host", reached="api"
    ),
    "the server without a network": Situation(NO, "has no network", server="network_mode: none", reached="api"),
    "the server on Docker's default bridge": Situation(
        NO, "default bridge", server="network_mode: bridge", reached="api"
    ),
    "the server in the network of another service": Situation(
        NO,
        "shares the network of `vpn` and has no name of its own",
        server='network_mode: "service:vpn"',
        rest="  vpn: {image: 'qmcgaw/gluetun:v3.40.0'}",
        reached="api",
    ),
    "the server in the network of a container": Situation(
        NO, "shares the network of `vpn`", server='network_mode: "container:vpn"', reached="api"
    ),
    "the owner of the server's network": Situation(
        YES,
        "`vpn` on network",
        target="vpn:8000",
        server='network_mode: "service:vpn"',
        rest="  vpn: {image: 'qmcgaw/gluetun:v3.40.0'}",
        reached="vpn",
    ),
    "the client in the network of another service": Situation(
        YES,
        "`api` on network",
        client='network_mode: "service:vpn"',
        rest="  vpn: {image: 'qmcgaw/gluetun:v3.40.0'}",
        reached="api",
    ),
    "an unknown name for a client in the network of a VPN": Situation(
        UNKNOWN,
        "the resolver of that container",
        target="db-host:9100",
        client='network_mode: "service:vpn"',
        rest="  vpn: {image: 'tailscale/tailscale:v1.80.0'}",
    ),
    "the client in the network of a service that is not here": Situation(
        UNKNOWN, "the resolver of that container", client='network_mode: "service:vpn"'
    ),
    "the client in the network of a container": Situation(
        UNKNOWN, "network mode container:vpn", client='network_mode: "container:vpn"'
    ),
    "services in each other's network": Situation(
        UNKNOWN,
        "the resolver of that container",
        client='network_mode: "service:api"',
        server='network_mode: "service:prometheus"',
    ),
    "an unknown name": Situation(NO, "is called `redis-exporter`", target="redis-exporter:9121"),
    "an unknown name, and an external network": Situation(
        UNKNOWN,
        "joins the external network proxy",
        target="redis-exporter:9121",
        client="networks: [proxy]",
        rest="networks: {proxy: {external: true}}",
    ),
    "a known name, separated in spite of an external network": Situation(
        NO,
        "`proxy`",
        client="networks: [proxy]",
        server="networks: [back]",
        rest="networks: {proxy: {external: true}, back: }",
        reached="api",
    ),
    "an unknown name in a file that includes others": Situation(
        UNKNOWN, "an included file was not read", target="redis-exporter:9121", rest="include: [infra/redis.yml]"
    ),
    "an unknown name in a file that is merged with another": Situation(
        UNKNOWN, "merged with another", target="redis-exporter:9121", rest="  worker: {restart: always}"
    ),
    "the service of a stack that has nothing to do with this one": Situation(
        NO,
        "no service, alias, container name or link in docker-compose.yml",
        target="redis-exporter:9121",
        files={"infra/docker-compose.yml": "services: {redis-exporter: {image: 'oliver006/redis_exporter:v1.67.0'}}"},
    ),
    "the service of another stack of the same project on a network of its own": Situation(
        NO,
        "no service, alias, container name or link in docker-compose.yml",
        target="redis-exporter:9121",
        rest="name: shop",
        files={
            "infra/docker-compose.yml": """
                name: shop
                services:
                  redis-exporter: {image: 'oliver006/redis_exporter:v1.67.0', networks: [infra]}
                networks: {infra: }
            """
        },
    ),
    "the service of another stack, where merging the two files would join their networks": Situation(
        UNKNOWN,
        "is a service of infra/docker-compose.yml",
        target="redis-exporter:9121",
        files={
            "infra/docker-compose.yml": """
                services:
                  redis-exporter:
                    image: oliver006/redis_exporter:v1.67.0
                    volumes: [../prometheus.yml:/etc/prometheus.yml]
            """
        },
    ),
    "the service of another stack that runs the client too, on more networks": Situation(
        UNKNOWN,
        "is a service of docker-compose.yml + more.yml",
        target="redis-exporter:9121",
        files={
            "up.sh": "docker compose -f docker-compose.yml -f more.yml up",
            "more.yml": """
                services:
                  prometheus: {networks: [more]}
                  redis-exporter: {image: 'oliver006/redis_exporter:v1.67.0', networks: [more]}
                networks: {more: }
            """,
        },
    ),
    "another stack's service on a shared external network": Situation(
        YES,
        "on network proxy",
        target="redis-exporter:9121",
        client="networks: [proxy]",
        rest="networks: {proxy: {external: true}}",
        reached="redis-exporter",
        files={
            "infra/docker-compose.yml": """
                services: {redis-exporter: {image: 'oliver006/redis_exporter:v1.67.0', networks: [proxy]}}
                networks: {proxy: {name: proxy}}
            """
        },
    ),
    "two other stacks' services on a shared external network": Situation(
        UNKNOWN,
        "is a service of",
        target="redis-exporter:9121",
        client="networks: [proxy]",
        rest="networks: {proxy: {external: true}}",
        files={
            f"{name}/docker-compose.yml": """
                services: {redis-exporter: {image: 'oliver006/redis_exporter:v1.67.0', networks: [proxy]}}
                networks: {proxy: {external: true}}
            """
            for name in ("blue", "green")
        },
    ),
    "a service of a sibling file on the project's default network": Situation(
        YES,
        "_default",
        target="redis-exporter:9121",
        reached="redis-exporter",
        files={"docker-compose.redis.yml": "services: {redis-exporter: {image: 'oliver006/redis_exporter:v1.67.0'}}"},
    ),
    "separated, but a sibling file writes the server too": Situation(
        UNKNOWN,
        "another compose file",
        server="networks: [back]",
        rest=FRONT_BACK,
        files=overriding("services: {api: {image: 'ghcr.io/acme/api:1.4.2', networks: [side]}}\nnetworks: {side: {}}"),
    ),
    "separated, but an override elsewhere writes the client too": Situation(
        UNKNOWN,
        "another compose file",
        server="networks: [back]",
        rest=FRONT_BACK,
        files={"deploy/compose.prod.yml": "services: {prometheus: {networks: [back]}}"},
    ),
    "an unknown name, but a sibling file writes the client too": Situation(
        UNKNOWN,
        "another compose file",
        target="redis-exporter:9121",
        files=overriding("services: {prometheus: {image: 'prom/prometheus:v3.5.0', extra_hosts: ['x:10.0.0.1']}}"),
    ),
    "a client that extends another service": Situation(
        UNKNOWN,
        "`extends`",
        target="redis-exporter:9121",
        client="extends: {file: base.yml, service: prometheus}",
    ),
    "a full domain name": Situation(UNKNOWN, "outside the compose file", target="api.example.com:443"),
    "a full domain name that is an alias": Situation(
        YES,
        "`api.example.com`",
        target="api.example.com:443",
        server="networks: {default: {aliases: [api.example.com]}}",
        reached="api",
    ),
    "a full domain name that is an alias on another network": Situation(
        UNKNOWN,
        "outside the compose file",
        target="api.example.com:443",
        server="networks: {back: {aliases: [api.example.com]}}",
        rest=FRONT_BACK,
    ),
    "an IPv4 address": Situation(UNKNOWN, "outside the compose file", target="192.168.1.20:9100"),
    "an IPv6 address": Situation(UNKNOWN, "outside the compose file", target="[2001:db8::1]:9100"),
    "localhost": Situation(YES, "the container itself", target="localhost:9090", reached="prometheus"),
    "the loopback address": Situation(YES, "the container itself", target="127.0.0.1:9090", reached="prometheus"),
    "localhost on the host's network": Situation(
        UNKNOWN, "is the host, and what listens on it", target="localhost:9100", client="network_mode: host"
    ),
    "localhost in the network of another service": Situation(
        UNKNOWN, "network mode service:api", target="localhost:8000", client='network_mode: "service:api"'
    ),
    "localhost on the host's network, where a service publishes the port": Situation(
        YES,
        "port 8000 of the host is published by `api`",
        target="localhost:8000",
        client="network_mode: host",
        server='ports: ["127.0.0.1:8000:80"]',
        reached="api",
    ),
    "the Docker host": Situation(UNKNOWN, "is the host, and what listens on it", target="host.docker.internal:9100"),
    "the Docker host as an extra host": Situation(
        UNKNOWN,
        "is the host, and what listens on it",
        target="host.docker.internal:9100",
        client='extra_hosts: ["host.docker.internal:host-gateway"]',
    ),
    "a port that a service publishes on the Docker host": Situation(
        YES,
        "port 8080 of the host is published by `api`",
        target="host.docker.internal:8080",
        client='extra_hosts: ["host.docker.internal:host-gateway"]',
        server='ports: ["8000-8090:8000-8090"]',
        reached="api",
    ),
    "a port of the Docker host's loopback": Situation(
        UNKNOWN,
        "bound to its loopback",
        target="host.docker.internal:8080",
        server='ports: ["127.0.0.1:8080:80"]',
    ),
    "the Docker host by a name of one's own": Situation(
        YES,
        "published by `api`",
        target="box:8080",
        client='extra_hosts: ["box=host-gateway"]',
        server='ports: ["8080:80"]',
        reached="api",
    ),
    "another machine by the name of the Docker host": Situation(
        UNKNOWN,
        "an extra host",
        target="host.docker.internal:8080",
        client='extra_hosts: ["host.docker.internal:10.0.0.4"]',
        server='ports: ["8080:80"]',
    ),
    "the gateway of Docker's own bridge": Situation(
        YES, "published by `api`", target="172.17.0.1:8080", server='ports: ["8080:80"]', reached="api"
    ),
    "the gateway of a network of the file": Situation(
        YES,
        "published by `api`",
        target="172.28.0.1:8080",
        server='ports: ["8080:80"]',
        rest="networks: {default: {ipam: {config: [{subnet: 172.28.0.0/16}]}}}",
        reached="api",
    ),
    "another address of that network": Situation(
        UNKNOWN,
        "resolved outside",
        target="172.28.0.7:8080",
        server='ports: ["8080:80"]',
        rest="networks: {default: {ipam: {config: [{subnet: 172.28.0.0/16}]}}}",
    ),
    "a service on the host's network behind the gateway": Situation(
        YES,
        "`node-exporter` listens on port 9100 of the host's network",
        target="172.17.0.1:9100",
        rest="  node-exporter: {image: 'prom/node-exporter:v1.8.2', network_mode: host}",
        reached="node-exporter",
    ),
    "two services that publish one port": Situation(
        UNKNOWN,
        "is the host",
        target="172.17.0.1:8080",
        server='ports: ["8080:80"]',
        rest="  other: {image: other, ports: ['8080:80']}",
    ),
}


def linked(directory: Path, monkeypatch: pytest.MonkeyPatch, files: Mapping[str, str]) -> graph.Graph:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    monkeypatch.chdir(directory)
    loaded = engine.load(engine.Options([Path()]))
    assert not loaded.crashes
    return graph.build((item.facts for item in loaded.recognised), loaded.discovery.tree)


def compose(situation: Situation) -> str:
    services = situation.rest if situation.rest.startswith("  ") else ""
    top = "" if services else situation.rest
    lines = [
        "services:",
        "  prometheus:",
        "    image: prom/prometheus:v3.5.0",
        '    volumes: ["./prometheus.yml:/etc/prometheus/prometheus.yml:ro"]',
        f"    {situation.client}",
        "  api:",
        "    image: ghcr.io/acme/api:1.4.2",
        f"    {situation.server}",
        services,
        top,
    ]
    return "\n".join(line for line in lines if line.strip()) + "\n"


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_resolution(situation: Situation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = f"scrape_configs: [{{job_name: api, static_configs: [{{targets: ['{situation.target}']}}]}}]\n"
    files = {situation.path: compose(situation), "prometheus.yml": target, **situation.files}
    found = linked(tmp_path, monkeypatch, files)
    stack = situation.stack or situation.path
    links = [link for link in found.all(nodes.Link) if link.kind == "scrape" and link.stack.name == stack]
    assert len(links) == 1
    resolution = links[0].resolution
    assert (resolution.answer.verdict, situation.why in "; ".join(resolution.answer.why)) == (
        situation.verdict,
        True,
    ), resolution.answer
    if situation.reached is not None:
        assert resolution.service is not None
        assert resolution.service.name == situation.reached


def test_a_file_that_cannot_stand_alone_is_put_on_one_that_writes_its_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "app/docker-compose.yml": "services: {web: {image: 'nginx:1.29'}}",
        "queue/docker-compose.yml": "services: {broker: {image: 'rabbitmq:4.1'}}",
        "monitoring/queue.compose.yml": "services: {broker: {labels: {a: b}}, agent: {image: 'grafana/alloy:v1.5.1'}}",
        "monitoring/db.compose.yml": "services: {db: {labels: {a: b}}}",
    }
    names = [stack.name for stack in linked(tmp_path, monkeypatch, files).stacks]
    assert "queue/docker-compose.yml + monitoring/queue.compose.yml" in names
    assert [name for name in names if "db.compose" in name] == ["monitoring/db.compose.yml"]


def test_a_config_that_no_service_loads_resolves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = "scrape_configs: [{job_name: api, static_configs: [{targets: ['api:8000']}]}]\n"
    found = linked(tmp_path, monkeypatch, {"prometheus.yml": target})
    (link,) = found.all(nodes.Link)
    assert link.resolution.answer.unknown
    assert "no compose service" in link.resolution.answer.why[0]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param("", {9090: "the image of Prometheus"}, id="the image tells"),
        pytest.param("command: [--web.listen-address=:9099]", {9099: "the flag"}, id="a flag moves the port"),
        pytest.param("command: ['--web.listen-address=:${PORT}']", {}, id="a flag that a variable decides"),
        pytest.param("command: [--web.listen-address=:99999999999999999999]", {}, id="no number a port can have"),
        pytest.param(
            "ports: ['9091:9095', '53:53/udp']", {9090: "the image", 9095: "container side"}, id="published TCP ports"
        ),
        pytest.param("expose: ['9096', 9097/tcp, '²']", {9090: "", 9096: "`expose`", 9097: "`expose`"}, id="expose"),
    ],
)
def test_listening(keys: str, expected: Mapping[int, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"services:\n  prometheus:\n    image: prom/prometheus:v3.5.0\n    {keys}\n"
    (service,) = linked(tmp_path, monkeypatch, {"compose.yml": text}).all(nodes.Service)
    found = listening(service)
    assert found.keys() == expected.keys()
    assert all(evidence in found[port] for port, evidence in expected.items())
