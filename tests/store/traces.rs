use std::collections::BTreeMap;

use domain::datasets::{DatasetId, EvaluationDataset, EvaluationRecord, RecordBody};
use domain::search::{Entity, parse_filter};
use domain::traces::{Span, SpanBody, SpanId, SpanStatus, TraceId, TraceState, usage_of};
use domain::tracking::{Experiment, ExperimentId, Lifecycle};
use serde_json::{Value, json};
use store::search::Page;
use store::traces::{TraceRow, spans};
use store::tracking::experiments;
use store::tracking::labels::{self, Labels};
use store::{Store, datasets, traces as rows};

use crate::write;

async fn experiment(store: &Store, name: &str) -> ExperimentId {
    write(store, async |mut tx| {
        let id = experiments::next_id(&mut tx).await.unwrap();
        let experiment = Experiment {
            id: id.clone(),
            name: name.to_owned(),
            artifact_location: format!("mlflow-artifacts:/{id}"),
            lifecycle: Lifecycle::Active,
            created_at_ms: 1,
            updated_at_ms: 1,
            tags: Vec::new(),
        };
        experiments::insert(&mut tx, &experiment).await.unwrap();
        (tx, id)
    })
    .await
}

fn span(trace: &TraceId, number: u8, parent: Option<u8>, attributes: Value) -> Span {
    Span {
        trace_id: trace.clone(),
        id: SpanId::from_otel(&[number; 8]).unwrap(),
        parent_id: parent.map(|parent| SpanId::from_otel(&[parent; 8]).unwrap()),
        name: format!("step {number}"),
        status: SpanStatus::Ok,
        started_ns: i64::MAX - i64::from(number),
        ended_ns: None,
        body: SpanBody {
            attributes: attributes.as_object().cloned().unwrap(),
            ..SpanBody::default()
        },
    }
}

pub async fn spans_arrive_in_any_order(store: &Store) {
    let experiment_id = experiment(store, "spans in any order").await;
    let id = TraceId::from_otel(&[7; 16]).unwrap();
    let row = TraceRow {
        trace_id: id.clone(),
        experiment_id: experiment_id.clone(),
        requested_at_ms: 5,
        duration_ms: None,
        state: TraceState::InProgress,
        client_request_id: None,
        request_preview: None,
        response_preview: None,
        is_final: false,
    };
    // Eight writers of one trace; each writes a span of its own and the shared root again.
    let writers = (1..=8_u8).map(|number| {
        let (store, row, id) = (store.clone(), row.clone(), id.clone());
        tokio::spawn(async move {
            let mut tx = store.begin().await.unwrap();
            rows::ensure(&mut tx, &row).await.unwrap();
            rows::lock(&mut tx, &id).await.unwrap().unwrap();
            let usage = json!({"mlflow.chat.tokenUsage": {"input_tokens": number}});
            let own = span(&id, number, Some(100), usage);
            let root = span(
                &id,
                100,
                None,
                json!({"written by": number, "a": {"b": [1, "ü", null]}}),
            );
            spans::put(&mut tx, &[&own, &root]).await.unwrap();
            tx.commit().await.unwrap();
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let read = spans::of_traces(store.pool(), &[id.as_str()])
        .await
        .unwrap();
    let read = &read[id.as_str()];
    assert_eq!(read.len(), 9);
    assert_eq!(read[0].name, "step 100", "roots come first");
    assert_eq!(read[0].body.attributes["a"], json!({"b": [1, "ü", null]}));
    assert_eq!(
        (read[1].started_ns, read[8].started_ns),
        (i64::MAX - 8, i64::MAX - 1)
    );
    let (count, usage) = write(store, async |mut tx| {
        let count = spans::count(&mut tx, &id).await.unwrap();
        let (usage, cost) = spans::figures(&mut tx, &id).await.unwrap();
        assert!(cost.iter().all(|figures| figures.figures.is_none()));
        (tx, (count, usage_of(&usage).unwrap()))
    })
    .await;
    assert_eq!((count, &usage["input_tokens"]), (9, &json!(36)));
    let page = Page {
        offset: 0,
        limit: 10,
    };
    for (filter, found) in [
        ("span.name = 'step 3' and span.status = 'OK'", 1),
        ("span.attributes.a like '%ü%'", 1),
        ("end_time = 5", 1),
        ("span.name = 'step 9'", 0),
    ] {
        let filter_tree = parse_filter(Entity::Traces, filter).unwrap();
        let among = std::slice::from_ref(&experiment_id);
        let traces = rows::search(store.pool(), among, filter_tree.as_ref(), &[], page)
            .await
            .unwrap();
        assert_eq!(traces.len(), found, "{filter}");
    }
    let deleted = write(store, async |mut tx| {
        let other = ExperimentId::default_experiment();
        let ids = std::slice::from_ref(&id);
        assert!(rows::delete(&mut tx, &other, ids).await.unwrap().is_empty());
        let deleted = rows::delete(&mut tx, &experiment_id, ids).await.unwrap();
        (tx, deleted)
    })
    .await;
    assert_eq!(deleted, [id.as_str()]);
    assert!(
        spans::of_traces(store.pool(), &[id.as_str()])
            .await
            .unwrap()
            .is_empty()
    );
}

pub async fn datasets_join_equal_inputs(store: &Store) {
    let experiment_id = experiment(store, "datasets").await;
    let id = DatasetId::parse("d-1").unwrap();
    let dataset = EvaluationDataset {
        id: id.clone(),
        name: "set".to_owned(),
        schema: None,
        record_count: 0,
        digest: "x".to_owned(),
        created_at_ms: 1,
        updated_at_ms: 1,
        created_by: None,
        updated_by: None,
        tags: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
        experiment_ids: vec![experiment_id.clone()],
    };
    let record = |name: &str, said: &str| EvaluationRecord {
        id: name.to_owned(),
        dataset_id: id.clone(),
        body: RecordBody {
            outputs: Some(json!(said)),
            ..RecordBody::default()
        },
        created_at_ms: 2,
        updated_at_ms: 2,
    };
    write(store, async |mut tx| {
        datasets::insert(&mut tx, &dataset).await.unwrap();
        let (first, second, again) = (
            record("r1", "one"),
            record("r2", "two"),
            record("r3", "three"),
        );
        datasets::put_records(&mut tx, &[("da", &first), ("db", &second)])
            .await
            .unwrap();
        datasets::put_records(&mut tx, &[("da", &again)])
            .await
            .unwrap();
        assert_eq!(datasets::count_records(&mut tx, &id).await.unwrap(), 2);
        let known = datasets::records_by_input(&mut tx, &id, &["da", "dz"])
            .await
            .unwrap();
        assert_eq!((known.len(), &known["da"].id), (1, &"r1".to_owned()));
        (tx, ())
    })
    .await;
    let all = datasets::records(store.pool(), &id, None, 10)
        .await
        .unwrap();
    let shown: Vec<_> = all
        .iter()
        .map(|r| (r.id.as_str(), r.body.outputs.clone().unwrap()))
        .collect();
    assert_eq!(shown, [("r1", json!("three")), ("r2", json!("two"))]);
    assert_eq!(
        datasets::records(store.pool(), &id, Some((2, "r1")), 10)
            .await
            .unwrap()
            .len(),
        1
    );
    let page = Page {
        offset: 0,
        limit: 10,
    };
    let among = std::slice::from_ref(&experiment_id);
    let filter = parse_filter(
        Entity::EvaluationDatasets,
        "tags.a = 'b' and name ilike 'SE%'",
    )
    .unwrap();
    let found = datasets::search(store.pool(), among, filter.as_ref(), &[], page)
        .await
        .unwrap();
    assert_eq!(found, [dataset]);
    write(store, async |mut tx| {
        assert!(
            labels::delete(&mut tx, Labels::DatasetTags, id.as_str(), "a")
                .await
                .unwrap()
        );
        assert!(datasets::delete(&mut tx, &id).await.unwrap());
        assert!(!datasets::delete(&mut tx, &id).await.unwrap());
        (tx, ())
    })
    .await;
    assert!(
        datasets::records(store.pool(), &id, None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}
