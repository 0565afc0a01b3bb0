"""``/metrics``: every metric is declared, none has an open set of labels, and none names anybody."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.installation import installation, over_asgi
from tests.served import patch, person
from tests.webhooks.receiver import receiving
from vestibule.recordings.replay import Request
from vestibule.web.metrics import Metrics
from vestibule.web.metrics_declared import DECLARED
from vestibule.webhooks.endpoints import add_endpoint

ROOT = Path(__file__).parents[2]
OURS = re.compile(r"vestibule_[a-z_]+")


def test_everything_that_is_collected_is_declared_and_the_other_way_round() -> None:
    collected = {
        (metric.name, metric.type)
        for metric in Metrics().registry.collect()
        if metric.name.startswith("vestibule_")
    }
    assert collected == {(one.name, one.kind) for one in DECLARED}


async def test_what_happens_is_counted() -> None:
    async with receiving() as product, installation(allowed_networks="127.0.0.0/8") as site:
        application = site.application
        tenant = await site.tenant()
        desk = application.premises.webhook_desk("operator:test")
        await add_endpoint(desk, product.url)
        await add_endpoint(desk, "http://127.0.0.1:9/")
        created = await tenant.post("/Users", person("ada@example.com"))
        await tenant.patch(
            f"/Users/{created.json['id']}", patch({"op": "Replace", "path": "active", "value": "False"})
        )
        await product.has(3)
        await asyncio.sleep(1.2)
        answer = await over_asgi(application, "", Request("GET", "/metrics", {}, b""))
    text = answer.body.decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}

    def value(sample: str, **labels: str) -> float:
        name = sample.removesuffix("_total").removesuffix("_count")
        return next(s.value for s in families[name].samples if s.name == sample and s.labels == labels)

    assert value("vestibule_scim_requests_total", method="POST", status="201") == 1
    assert value("vestibule_events_total") >= 3
    assert value("vestibule_database_writes_total") > 2
    assert value("vestibule_webhook_attempts_total", outcome="delivered") >= 3
    assert value("vestibule_webhook_attempts_total", outcome="failed") >= 1
    assert value("vestibule_webhook_lag_seconds_count") >= 3
    assert value("vestibule_webhook_letters", where="held back") >= 1
    assert families["vestibule_tolerances"].samples
    declared = {one.name: set(one.labels) for one in DECLARED}
    for name, labels in declared.items():
        for sample in families[name].samples:
            assert set(sample.labels) - {"le"} == labels, sample
    for private in ("ada@", created.json["id"], tenant.slug, tenant.token):
        assert private not in text


def test_names_of_tolerances_are_bounded() -> None:
    metrics = Metrics()
    metrics.tolerated([f"quirk {number}" for number in range(10_000)])
    assert metrics.page().count(b"vestibule_tolerances_total{") == 200


def test_the_dashboard_and_the_alarms_ask_for_metrics_that_there_are() -> None:
    folder = ROOT / "examples" / "monitoring"
    known = {one.name for one in DECLARED}
    known |= {f"{one.name}_total" for one in DECLARED if one.kind == "counter"}
    known |= {
        f"{one.name}_{end}"
        for one in DECLARED
        if one.kind == "histogram"
        for end in ("bucket", "sum", "count")
    }
    dashboard = json.loads((folder / "grafana-dashboard.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    alarms = (folder / "prometheus-alerts.yml").read_text("utf-8")
    assert asked
    for text in (*asked, *(line for line in alarms.splitlines() if "expr:" in line)):
        found = set(OURS.findall(text))
        assert found, text
        assert found <= known, text
