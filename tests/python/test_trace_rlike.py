"""RLIKE in searches of traces: the same traces in MLflow's own SQLite store, in Drydock on SQLite and in Drydock on PostgreSQL
must be found by the same filters, and no pattern may hold a server."""

from __future__ import annotations

import time
import uuid

import mlflow
import pytest
from harness import Server
from team import Postgres

if not mlflow.__version__.startswith("3."):
    pytest.skip("traces of version 3", allow_module_level=True)

from mlflow.exceptions import MlflowException

# name, kind and attribute of its span, tag, metadata, feedback
TRACES = [
    ("price.quote", "LLM", "gpt-4o", "fx-desk", "v1.2.3", "good"),
    ("price.quote.retry", "LLM", "gpt-4o-mini", "FX-desk", "v10.2", "Good enough"),
    ("hedge_book", "TOOL", "rates/2026", "rates", "v1", "bad: too slow"),
    ("größe (net)", "CHAIN", "a+b", "50% off", "none", "100"),
    ("Price list", "RETRIEVER", "claude|x", "line one", "2026-11-23", "[ok]"),
]
PATTERNS = {
    "trace.name": ["^price", "quote$", "^price\\.quote$", "price|hedge", "[Pp]rice", "g.+e", "größe", "\\(net\\)", "^.{10}$", "_", "nothing", "e.*e.*e", "(price){1,2}", "x?", "^$"],
    "name": ["^p.*y$", "^[a-z_]+$"],
    "tags.desk": ["^fx", "desk$", "^(fx|FX)-", "50%", "\\d+%", "[^a-z]", "^rates$", "line\\sone", "s|x"],
    "metadata.build": ["^v\\d+", "^v\\d+\\.\\d+\\.\\d+$", "\\d{4}-\\d{2}-\\d{2}", "^v1$", "v1(\\.2)*$", "\\w+"],
    "span.name": ["^price", "book|list", "[A-Z]"],
    "span.type": ["^LLM$", "L", "TOOL|CHAIN"],
    "span.attributes.model": ["^gpt", "mini$", "^gpt-4o$", "gpt.*mini", "/2026", "a\\+b", "claude\\|x"],
    "feedback.verdict": ["[Gg]ood", "slow", "too\\s", "\\[ok\\]", "enough$|^nothing"],
}
# By which Python's `re`, and so MLflow on SQLite, is held for hours: never sent there.
HOSTILE = ["(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*a){12}$", "(x+x+)+y", "(a{1,50}){1,50}!", "^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 250 + "$|" + "(b?){100}b{100}"]
REFUSED = ["(?=a)", "(a)\\1", "a(b", "[z-a]", "((a{200}){200}){200}", "a" * 501]


def filled(uri):
    mlflow.set_tracking_uri(uri)
    experiment = mlflow.set_experiment(f"rlike-{uuid.uuid4().hex[:8]}").experiment_id
    for name, kind, model, desk, build, verdict in TRACES:
        with mlflow.start_span(name=name, span_type=kind) as span:
            span.set_attribute("model", model)
            mlflow.update_current_trace(tags={"desk": desk}, metadata={"build": build})
        mlflow.flush_trace_async_logging()
        mlflow.log_feedback(trace_id=span.trace_id, name="verdict", value=verdict)
    return experiment


def found(uri, experiment, wanted):
    client = mlflow.MlflowClient(tracking_uri=uri)
    page = client.search_traces(locations=[experiment], filter_string=wanted, include_spans=False)
    return sorted(trace.info.tags["mlflow.traceName"] for trace in page)


@pytest.fixture(scope="module")
def drydocks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rlike")
    database = Postgres(folder / "postgres")
    servers = [Server(folder / "sqlite"), Server(folder / "shared", "--database-url", database.url)]
    yield {"SQLite": servers[0].address, "PostgreSQL": servers[1].address}
    for server in servers:
        server.stop()
    database.stop()


def test_the_same_traces_are_found_as_by_mlflow(drydocks, tmp_path, monkeypatch):
    # MLflow's own store puts files beside wherever it runs.
    monkeypatch.chdir(tmp_path)
    places = {"MLflow": f"sqlite:///{tmp_path}/mlflow.db", **drydocks}
    experiments = {who: filled(uri) for who, uri in places.items()}
    asked = hit = 0
    for field, patterns in PATTERNS.items():
        for pattern in patterns:
            wanted = f"{field} RLIKE '{pattern}'"
            answers = {who: found(uri, experiments[who], wanted) for who, uri in places.items()}
            assert answers["SQLite"] == answers["PostgreSQL"] == answers["MLflow"], (wanted, answers)
            asked, hit = asked + 1, hit + bool(answers["MLflow"])
    # Both ways round, in one condition with others, and whatever the case of the word.
    both = "trace.name RLIKE '^price' AND tags.desk RLIKE '^FX'"
    for who, uri in places.items():
        assert found(uri, experiments[who], both) == ["price.quote.retry"], who
    assert asked >= 45 and hit >= asked - 8, (asked, hit)


def test_no_pattern_holds_a_server(drydocks):
    for who, uri in drydocks.items():
        mlflow.set_tracking_uri(uri)
        experiment = mlflow.set_experiment(f"hostile-{uuid.uuid4().hex[:8]}").experiment_id
        for nth in range(3):
            with mlflow.start_span(name=f"t{nth}"):
                mlflow.update_current_trace(tags={"long": "a" * 4000 + "!"})
        mlflow.flush_trace_async_logging()
        assert len(found(uri, experiment, "tags.long RLIKE '!$'")) == 3, who
        for pattern in HOSTILE:
            began = time.monotonic()
            found(uri, experiment, f"tags.long RLIKE '{pattern}'")
            took = time.monotonic() - began
            # Not for ever, however slow the machine: the engines read each text once, whatever the pattern.
            assert took < 300, (who, pattern, took)
        # MLflow finds nothing by a pattern that it cannot read; here the place of the mistake is told.
        for pattern in REFUSED:
            with pytest.raises(MlflowException) as error:
                found(uri, experiment, f"tags.long RLIKE '{pattern}'")
            assert error.value.error_code == "INVALID_PARAMETER_VALUE", (who, pattern)
