#![allow(clippy::unwrap_used)]
use super::*;

/// The tree in one line, so that tables below stay readable.
fn show(filter: &Filter) -> String {
    let join = |parts: &[Filter], word: &str| {
        let parts: Vec<_> = parts.iter().map(show).collect();
        format!("({})", parts.join(word))
    };
    match filter {
        Filter::And(parts) => join(parts, " & "),
        Filter::Or(parts) => join(parts, " | "),
        Filter::Not(inner) => format!("!{}", show(inner)),
        Filter::Compare(Comparison { field, test }) => {
            format!("{} {}", show_field(field), show_test(test))
        }
    }
}

fn show_field(field: &Field) -> String {
    match field {
        Field::Attribute(attribute) => attribute.name.to_owned(),
        Field::Metric(key) => format!("m[{key}]"),
        Field::Extreme { key, greatest } => {
            format!("{}[{key}]", if *greatest { "max" } else { "min" })
        }
        Field::Param(key) => format!("p[{key}]"),
        Field::Tag(key) => format!("t[{key}]"),
        Field::Dataset(field) => format!("d[{field:?}]"),
        Field::Trace(field) => format!("x[{field:?}]"),
    }
}

fn show_test(test: &Test) -> String {
    match test {
        Test::Number { op, value } => format!("{} {value}", op.as_sql()),
        Test::Text { op, value } => format!("{op:?} {value:?}"),
        Test::Matches { pattern, negated } => {
            format!(
                "{}~ {:?}",
                if *negated { "!" } else { "" },
                pattern.for_postgres()
            )
        }
        Test::OneOf { values, negated } => {
            format!("{}in {values:?}", if *negated { "not " } else { "" })
        }
        Test::Missing => "missing".to_owned(),
        Test::Present => "present".to_owned(),
    }
}

#[test]
fn run_filters() {
    for (text, expected) in [
        ("metrics.loss < 0.5", "m[loss] < 0.5"),
        ("metric.`val loss`>=-1e-3", "m[val loss] >= -0.001"),
        ("metrics.\"a.b\" != 1", "m[a.b] <> 1"),
        ("metrics.train.loss = 1", "m[train.loss] = 1"),
        ("metrics.f1-score > .5", "m[f1-score] > 0.5"),
        ("metrics.loss = NaN", "m[loss] = NaN"),
        ("metrics.loss < -inf", "m[loss] < -inf"),
        ("metrics.loss is null", "m[loss] missing"),
        ("metrics.loss in (1, 2)", "(m[loss] = 1 | m[loss] = 2)"),
        ("params.lr = '0.1'", "p[lr] Eq \"0.1\""),
        ("parameters.opt LIKE 'ad%'", "p[opt] Like \"ad%\""),
        ("params.opt not like 'ad%'", "!p[opt] Like \"ad%\""),
        (
            "tags.mlflow.parentRunId = 'x'",
            "t[mlflow.parentRunId] Eq \"x\"",
        ),
        (
            "tag.\"team\" ILIKE \"%Quant%\"",
            "t[team] Ilike \"%Quant%\"",
        ),
        ("params.opt ~ '^(?:ad|sg)'", "p[opt] ~ \"(?:^(?:ad|sg))\""),
        ("tags.a!~'x$'", "t[a] !~ \"(?:x$)\""),
        ("run_name ~ '(?i)fx'", "run_name ~ \"(?i)(?:fx)\""),
        (
            "status not in ('FAILED', 'KILLED')",
            "status not in [\"FAILED\", \"KILLED\"]",
        ),
        ("params.lr in ('0.1', '0.2')", "p[lr] in [\"0.1\", \"0.2\"]"),
        ("tags.team not in ('fx')", "t[team] not in [\"fx\"]"),
        ("end_time not in (5)", "!(end_time = 5)"),
        ("metrics.loss is not null", "m[loss] present"),
        ("tags.a IS NOT NULL", "t[a] present"),
        ("tags.a IS NULL", "t[a] missing"),
        ("tags.a = 'it''s'", "t[a] Eq \"it's\""),
        ("status = 'FINISHED'", "status Eq \"FINISHED\""),
        ("attributes.status != 'FAILED'", "status Ne \"FAILED\""),
        ("`Run name` = 'x'", "run_name Eq \"x\""),
        ("attributes.`run name` = 'x'", "run_name Eq \"x\""),
        ("run_id IN ('a','b')", "run_id in [\"a\", \"b\"]"),
        ("run_id not in ('a')", "run_id not in [\"a\"]"),
        ("created > 5", "start_time > 5"),
        ("datasets.context = 'train'", "d[Context] Eq \"train\""),
        ("a.b.c = 'x'", ""),
        (
            "metrics.a > 1 AND params.b = 'x' and tags.c != 'y'",
            "(m[a] > 1 & p[b] Eq \"x\" & t[c] Ne \"y\")",
        ),
        (
            "metrics.a > 1 or metrics.b > 1 and not (metrics.c > 1 or metrics.d > 1)",
            "(m[a] > 1 | (m[b] > 1 & !(m[c] > 1 | m[d] > 1)))",
        ),
    ] {
        let parsed = parse_filter(Entity::Runs, text);
        let shown = parsed.map_or_else(|_| String::new(), |filter| show(&filter.unwrap()));
        assert_eq!(shown, expected, "{text}");
    }
    assert_eq!(parse_filter(Entity::Runs, "  "), Ok(None));
}

#[test]
fn errors_name_the_position() {
    for (text, expected) in [
        ("metrics.loss <", "15: expected a number without quotes"),
        ("metrics.loss < 'a'", "16: expected a number without quotes"),
        ("metrics.loss < 1.2.3", "16: '1.2.3' is not a number"),
        (
            "params.lr = 0.1",
            "13: expected a text in quotes, such as 'FINISHED'",
        ),
        (
            "params.lr > '0.1'",
            "11: '>' compares numbers; this field is text: use = != like ilike ~ !~ in",
        ),
        (
            "metrics.a > 1 metrics.b > 2",
            "15: expected 'and', 'or' or the end of the filter",
        ),
        (
            "(metrics.a > 1",
            "15: expected ')' for the '(' at position 1",
        ),
        (
            "metrics.a > 1)",
            "14: expected 'and', 'or' or the end of the filter",
        ),
        ("tags.a = 'x", "10: the quote ' is never closed"),
        (
            "größe.a = 1",
            "1: unknown kind of field 'größe'; expected metrics., params., tags., attributes. or datasets.",
        ),
        ("status = 'ü' and ; = 1", "18: unexpected character ';'"),
        ("metrics. = 1", "1: a key is missing after 'metrics.'"),
        (
            "and",
            "1: unknown attribute 'and'; expected one of run_id, run_name, status, user_id, artifact_uri, \
                 start_time, end_time, or a field that starts with metrics., params., tags., attributes. or datasets.",
        ),
        ("status in 'a'", "11: expected '(' and a list after 'in'"),
        (
            "status in ()",
            "12: expected a text in quotes, such as 'FINISHED'",
        ),
        ("status in ('a' 'b')", "16: expected ',' or ')' in a list"),
        (
            "tags.a is 1",
            "11: expected 'null' or 'not null' after 'is'",
        ),
        (
            "metrics.a like 'x'",
            "11: like and ilike compare text; this field is a number",
        ),
        (
            "status",
            "7: expected one of = != > >= < <= like ilike rlike ~ !~ in 'not in' 'is null' 'is not null'",
        ),
        (
            "metrics.a ~ 'x'",
            "11: ~, !~ and rlike search in text; this field is a number",
        ),
        ("params.a ~ 'x(y'", "14: this '(' is never closed"),
        ("params.a !~ '(a)\\1'", "17: '\\1' is not known here"),
        (
            "params.a ~ x",
            "12: expected a text in quotes, such as 'FINISHED'",
        ),
        (
            "datasets.colour = 'x'",
            "1: unknown dataset field 'colour'; expected one of name, digest, context",
        ),
    ] {
        let error = parse_filter(Entity::Runs, text).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("Invalid filter at position {expected}"),
            "{text}"
        );
    }
}

#[test]
fn a_filter_cannot_exhaust_the_stack_or_the_database() {
    let deep = format!("{}status = 'x'{}", "(".repeat(5000), ")".repeat(5000));
    assert!(
        parse_filter(Entity::Runs, &deep)
            .unwrap_err()
            .message
            .contains("levels deep")
    );
    let nots = format!("{}status = 'x'", "not ".repeat(4000));
    assert!(
        parse_filter(Entity::Runs, &nots)
            .unwrap_err()
            .message
            .contains("levels deep")
    );
    let wide = vec!["tags.a='x'"; 300].join(" and ");
    assert!(
        parse_filter(Entity::Runs, &wide)
            .unwrap_err()
            .message
            .contains("at most 200 comparisons")
    );
    let long = "x".repeat(30_000);
    assert!(
        parse_filter(Entity::Runs, &long)
            .unwrap_err()
            .message
            .contains("at most 20000")
    );
    let pattern = format!("tags.a like '{}'", "%".repeat(2000));
    assert!(
        parse_filter(Entity::Runs, &pattern)
            .unwrap_err()
            .message
            .contains("at most 1000")
    );
}

#[test]
fn each_search_has_its_own_fields() {
    let ok = |entity, text: &str| show(&parse_filter(entity, text).unwrap().unwrap());
    assert_eq!(
        ok(Entity::Experiments, "name LIKE 'a%'"),
        "name Like \"a%\""
    );
    assert_eq!(
        ok(Entity::Experiments, "creation_time > 3"),
        "creation_time > 3"
    );
    assert_eq!(
        ok(Entity::RegisteredModels, "name = 'm' and tags.a = 'b'"),
        "(name Eq \"m\" & t[a] Eq \"b\")"
    );
    assert_eq!(
        ok(Entity::ModelVersions, "version_number >= 2"),
        "version_number >= 2"
    );
    assert_eq!(
        ok(Entity::ModelVersions, "run_id IN ('a')"),
        "run_id in [\"a\"]"
    );
    assert_eq!(
        ok(Entity::LoggedModels, "metrics.auc > 0.5"),
        "m[auc] > 0.5"
    );
    assert!(parse_filter(Entity::Experiments, "metrics.a > 1").is_err());
    assert!(parse_filter(Entity::ModelVersions, "datasets.name = 'x'").is_err());
}

#[test]
fn orders() {
    for (text, expected) in [
        ("metrics.loss", "m[loss] asc"),
        ("metrics.`a b` DESC", "m[a b] desc"),
        ("attributes.start_time asc", "start_time asc"),
        ("start_time DESC", "start_time desc"),
        ("Created DESC", "start_time desc"),
        ("params.lr desc", "p[lr] desc"),
    ] {
        let order = parse_order_by(Entity::Runs, text).unwrap();
        let direction = if order.descending { "desc" } else { "asc" };
        assert_eq!(
            format!("{} {direction}", show_field(&order.field)),
            expected,
            "{text}"
        );
    }
    for (text, expected) in [
        (
            "",
            "1: expected a field such as metrics.loss or attributes.start_time",
        ),
        ("metrics.loss down", "14: expected ASC or DESC"),
        (
            "metrics.loss DESC x",
            "19: expected the end of the clause after ASC or DESC",
        ),
        ("datasets.name", "1: datasets cannot be ordered by"),
    ] {
        let error = parse_order_by(Entity::Runs, text).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("Invalid order_by at position {expected}"),
            "{text}"
        );
    }
}

#[test]
fn traces_have_fields_of_their_own() {
    let field = |text: &str| match parse_filter(Entity::Traces, text) {
        Ok(Some(Filter::Compare(comparison))) => format!("{:?}", comparison.field),
        Ok(other) => format!("{other:?}"),
        Err(error) => error.message,
    };
    for (text, expected) in [
        ("name = 'x'", r#"Tag("mlflow.traceName")"#),
        ("attributes.run_id = 'x'", "Trace(Run)"),
        (
            "metadata.`mlflow.trace.session` = 's'",
            r#"Trace(Metadata("mlflow.trace.session"))"#,
        ),
        ("request_metadata.`mlflow.sourceRun` = 's'", "Trace(Run)"),
        ("trace.text LIKE '%x%'", "Trace(Text)"),
        ("span.type = 'TOOL'", "Trace(SpanType)"),
        (
            "span.attributes.a.b = 'x'",
            r#"Trace(SpanAttribute("a.b"))"#,
        ),
        (
            "span.attributes.`a b` LIKE 'x'",
            r#"Trace(SpanAttribute("a b"))"#,
        ),
        (
            "span.nothing = 'x'",
            "unknown span attribute 'nothing'; expected one of name, type, status, attributes.<key>",
        ),
        (
            "feedback.good > 0.5",
            r#"Trace(Assessment { kind: "feedback", name: "good" })"#,
        ),
        (
            "feedback.good = 'yes'",
            r#"Trace(Assessment { kind: "feedback", name: "good" })"#,
        ),
        (
            "expectation.answer IS NOT NULL",
            r#"Trace(Assessment { kind: "expectation", name: "answer" })"#,
        ),
    ] {
        assert_eq!(field(text), expected, "{text}");
    }
    assert!(field("trace.status = 'OK'").contains("\"status\""));
    assert!(field("timestamp > 5").contains("\"timestamp_ms\""));
    assert!(field("metrics.x > 5").starts_with("unknown kind of field 'metrics'"));
    assert!(parse_order_by(Entity::Traces, "span.name ASC").is_err());
    assert!(parse_order_by(Entity::Traces, "metadata.x DESC").is_ok());
    assert!(parse_filter(Entity::Runs, "feedback.good = 'x'").is_err());
}
