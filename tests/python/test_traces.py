"""Traces and evaluation datasets, as MLflow's own client and a plain OpenTelemetry exporter use them."""

from __future__ import annotations

import json
import time
import uuid

import mlflow
import pytest

if not mlflow.__version__.startswith("3."):
    pytest.skip("traces of version 3", allow_module_level=True)

from mlflow.entities import AssessmentSource, Feedback, SpanEvent
from mlflow.exceptions import MlflowException


@pytest.fixture
def traced(experiment, client):
    """A trace of three spans within a run, and its run's id."""

    @mlflow.trace(span_type="TOOL", attributes={"k": 1, "f": 1.5, "b": True, "l": [1, "a", None], "s": "x"})
    def inner(x):
        return x * 2

    @mlflow.trace
    def outer(x):
        with mlflow.start_span("mid") as span:
            span.set_inputs({"q": x})
            span.set_outputs({"messages": [{"role": "assistant", "content": "hello"}]})
            span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7})
            span.add_event(SpanEvent("noticed", attributes={"a": 1}))
            mlflow.update_current_trace(tags={"team": "alpha"}, metadata={"mlflow.trace.session": "s1"}, client_request_id="req-1")
            return inner(x) + 1

    with mlflow.start_run() as run:
        outer(5)
    mlflow.flush_trace_async_logging()
    return mlflow.get_last_active_trace_id(), run.info.run_id


def names(experiment, **search):
    found = mlflow.search_traces(locations=[experiment], return_type="list", include_spans=False, **search)
    return [trace.info.tags["mlflow.traceName"] for trace in found]


def test_a_trace_comes_back_as_it_was_made(experiment, traced):
    trace_id, run_id = traced
    trace = mlflow.get_trace(trace_id)
    assert [(span.name, span.span_type, span.inputs, span.outputs) for span in trace.data.spans] == [
        ("outer", "UNKNOWN", {"x": 5}, 11),
        ("mid", "UNKNOWN", {"q": 5}, {"messages": [{"role": "assistant", "content": "hello"}]}),
        ("inner", "TOOL", {"x": 5}, 10),
    ]
    inner = trace.data.spans[2]
    assert {key: inner.get_attribute(key) for key in "kfbls"} == {"k": 1, "f": 1.5, "b": True, "l": [1, "a", None], "s": "x"}
    assert inner.parent_id == trace.data.spans[1].span_id and trace.data.spans[0].parent_id is None
    assert [(event.name, event.attributes) for event in trace.data.spans[1].events] == [("noticed", {"a": 1})]
    info = trace.info
    assert (info.experiment_id, info.client_request_id, info.state.value) == (experiment, "req-1", "OK")
    assert (info.request_preview, info.response_preview) == ('{"x": 5}', "11")
    assert info.token_usage == {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    assert info.tags["team"] == "alpha" and info.trace_metadata["mlflow.sourceRun"] == run_id
    assert info.tags["mlflow.trace.spansLocation"] == "TRACKING_STORE"
    assert mlflow.MlflowClient().get_trace(trace_id).to_dict() == trace.to_dict()


def test_an_error_is_kept_with_its_exception(experiment):
    @mlflow.trace
    def fails():
        raise ValueError("boom")

    with pytest.raises(ValueError):
        fails()
    mlflow.flush_trace_async_logging()
    trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
    assert trace.info.state.value == "ERROR"
    span = trace.data.spans[0]
    assert span.status.description == "ValueError: boom"
    assert span.events[0].attributes["exception.type"] == "ValueError"


def test_searches(experiment, traced, client):
    trace_id, run_id = traced

    @mlflow.trace(name="other")
    def other():
        return 1

    other()
    mlflow.flush_trace_async_logging()
    mlflow.get_trace(mlflow.get_last_active_trace_id())
    mlflow.get_trace(trace_id)
    for filter_string, expected in [
        ("tags.team = 'alpha'", ["outer"]),
        ("trace.status = 'OK' AND name = 'other'", ["other"]),
        ("metadata.`mlflow.trace.session` = 's1'", ["outer"]),
        ("span.name = 'mid'", ["outer"]),
        ("span.name = 'mid' AND span.type = 'TOOL'", []),
        ("span.attributes.s LIKE '%x%'", ["outer"]),
        ("trace.text LIKE '%hello%'", ["outer"]),
        (f"request_id = '{trace_id}'", ["outer"]),
        (f"attributes.run_id = '{run_id}'", ["outer"]),
        ("client_request_id = 'req-1'", ["outer"]),
        ("tags.team IS NULL", ["other"]),
        ("timestamp_ms > 0 AND execution_time_ms >= 0", ["other", "outer"]),
    ]:
        assert names(experiment, filter_string=filter_string) == expected, filter_string
    for order, expected in [
        ("timestamp_ms ASC", ["outer", "other"]),
        ("name ASC", ["other", "outer"]),
        ("tags.team DESC", ["outer", "other"]),
        ("metadata.`mlflow.trace.session` ASC", ["outer", "other"]),
    ]:
        assert names(experiment, order_by=[order]) == expected, order
    assert names(experiment, run_id=run_id) == ["outer"]
    first = client.search_traces(locations=[experiment], max_results=1, include_spans=False)
    rest = client.search_traces(locations=[experiment], max_results=1, include_spans=False, page_token=first.token)
    assert {t.info.trace_id for t in [*first, *rest]} == {trace_id, mlflow.get_last_active_trace_id()}
    with_spans = mlflow.search_traces(locations=[experiment], return_type="list")
    assert sorted(len(trace.data.spans) for trace in with_spans) == [1, 3]
    with pytest.raises(MlflowException, match="position"):
        names(experiment, filter_string="span.nothing = 'x'")


def test_tags_and_assessments(traced, client):
    trace_id, _ = traced
    client.set_trace_tag(trace_id, "mood", "fine")
    assert client.get_trace(trace_id).info.tags["mood"] == "fine"
    client.delete_trace_tag(trace_id, "mood")
    with pytest.raises(MlflowException, match="No trace tag"):
        client.delete_trace_tag(trace_id, "mood")
    made = mlflow.log_feedback(
        trace_id=trace_id, name="good", value=0.9, rationale="r", metadata={"m": "1"}, source=AssessmentSource(source_type="HUMAN", source_id="ann")
    )
    mlflow.log_expectation(trace_id=trace_id, name="answer", value={"a": [1, 2]})
    mlflow.log_expectation(trace_id=trace_id, name="plain", value=7)
    mlflow.update_assessment(trace_id, made.assessment_id, Feedback(name="good", value=0.5))
    over = mlflow.override_feedback(trace_id=trace_id, assessment_id=made.assessment_id, value=1.0)
    read = mlflow.get_assessment(trace_id, made.assessment_id)
    assert (read.value, read.valid, read.rationale, read.metadata, read.source.source_id) == (0.5, False, "r", {"m": "1"}, "ann")
    mlflow.delete_assessment(trace_id, over.assessment_id)
    thoughts = {a.name: a for a in mlflow.get_trace(trace_id).info.assessments}
    assert thoughts["good"].valid and thoughts["good"].value == 0.5
    assert thoughts["answer"].value == {"a": [1, 2]} and thoughts["plain"].value == 7


def test_links_and_deletion(experiment, traced, client):
    trace_id, _ = traced
    other = client.create_run(experiment).info.run_id
    client.link_traces_to_run([trace_id], other)
    assert names(experiment, run_id=other) == ["outer"]
    assert client.delete_traces(experiment, trace_ids=[trace_id]) == 1
    assert client.delete_traces(experiment, max_timestamp_millis=int(time.time() * 1000) + 1000) == 0
    with pytest.raises(MlflowException, match="not found"):
        client.get_trace(trace_id)


def exported(address, experiment, compression, spans):
    """Sends spans as any program with OpenTelemetry does."""
    exporters = pytest.importorskip("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = exporters.OTLPSpanExporter(
        endpoint=f"{address}/v1/traces", headers={"x-mlflow-experiment-id": experiment}, compression=Compression[compression]
    )
    provider = TracerProvider(resource=Resource.create({"service.name": "pricing"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    spans(provider.get_tracer("desk"))
    assert provider.force_flush()
    provider.shutdown()


@pytest.mark.parametrize("compression", ["NoCompression", "Gzip", "Deflate"])
def test_an_otlp_exporters_spans_arrive(address, experiment, compression):
    def spans(tracer):
        with tracer.start_as_current_span("price", attributes={"input.value": '{"isin": "X"}', "session.id": "s-9"}) as root:
            with tracer.start_as_current_span("curve", attributes={"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 6}):
                pass
            root.add_event("quoted", {"bid": 1.5})

    exported(address, experiment, compression, spans)
    [trace] = mlflow.search_traces(locations=[experiment], return_type="list")
    assert [(span.name, span.span_type) for span in trace.data.spans] == [("price", None), ("curve", "CHAT_MODEL")]
    assert trace.data.spans[0].inputs == {"isin": "X"}
    assert trace.data.spans[0].events[0].attributes == {"bid": 1.5}
    assert trace.info.token_usage == {"input_tokens": 5, "output_tokens": 6, "total_tokens": 11}
    assert trace.info.tags["service.name"] == "pricing" and trace.info.tags["mlflow.traceName"] == "price"
    assert trace.info.trace_metadata["mlflow.trace.session"] == "s-9"
    assert names(experiment, filter_string="tags.`service.name` = 'pricing' AND span.name = 'curve'") == ["price"]


def test_a_thousand_spans_of_one_trace(address, experiment):
    def spans(tracer):
        with tracer.start_as_current_span("many"):
            for number in range(1000):
                with tracer.start_as_current_span(f"step {number}", attributes={"number": number}):
                    pass

    exported(address, experiment, "Gzip", spans)
    [trace] = mlflow.search_traces(locations=[experiment], return_type="list")
    assert len(trace.data.spans) == 1001
    assert sorted(s.get_attribute("number") for s in trace.data.spans[1:]) == list(range(1000))


def test_evaluation_datasets(experiment, client):
    from mlflow.genai import datasets

    name = f"regimes-{uuid.uuid4().hex[:8]}"
    made = datasets.create_dataset(name=name, experiment_id=[experiment], tags={"team": "alpha"})
    made.merge_records(
        [
            {"inputs": {"q": "bull?"}, "expectations": {"answer": "yes"}},
            {"inputs": {"q": "bear?"}, "outputs": {"said": "no"}},
        ]
    )
    made.merge_records([{"inputs": {"q": "bull?"}, "expectations": {"why": "trend"}}])
    read = client.get_dataset(made.dataset_id)
    assert (read.name, read.tags["team"], json.loads(read.profile)) == (name, "alpha", {"num_records": 2})
    assert [(r.inputs, r.expectations) for r in read.records] == [
        ({"q": "bull?"}, {"answer": "yes", "why": "trend"}),
        ({"q": "bear?"}, None),
    ]
    assert read.experiment_ids == [experiment]
    assert [d.dataset_id for d in datasets.search_datasets(experiment_ids=[experiment], filter_string=f"name = '{name}'")] == [made.dataset_id]
    datasets.set_dataset_tags(dataset_id=made.dataset_id, tags={"stage": "draft"})
    datasets.delete_dataset_tag(dataset_id=made.dataset_id, key="team")
    read = client.get_dataset(made.dataset_id)
    assert read.tags.get("stage") == "draft" and "team" not in read.tags
    assert read.delete_records([read.records[0].dataset_record_id]) == 1
    assert len(client.get_dataset(made.dataset_id).records) == 1
    datasets.delete_dataset(dataset_id=made.dataset_id)
    with pytest.raises(MlflowException, match="not found"):
        client.get_dataset(made.dataset_id)
