//! The API's description (OpenAPI 3.1), made from the route table.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::shape::{Header, Shape};
use super::table::{Access, Route, Table};

/// The document that `drydock openapi` prints.
pub fn document(table: &Table) -> Value {
    let mut paths = Map::new();
    for route in &table.routes {
        for address in route.addresses() {
            // OpenAPI knows no parameter that spans slashes; clients escape or append as they do anyway.
            let path = address.replace("{*", "{");
            let operation = operation(route, &path);
            let methods = paths.entry(path).or_insert_with(|| json!({}));
            methods[route.method.as_str().to_ascii_lowercase()] = operation;
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Drydock: MLflow-compatible tracking and registry API",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": { "responses": { "Error": error_response() } },
    })
}

fn operation(route: &Route, path: &str) -> Value {
    let mut parameters: Vec<Value> = path_parameters(path).map(path_parameter).collect();
    let mut operation = json!({
        "operationId": operation_id(&route.method, path),
        "tags": [route.capability],
        "x-drydock-access": match route.access { Access::Reads => "reads", Access::Writes => "writes" },
        "responses": { "200": answer(&route.gives), "default": { "$ref": "#/components/responses/Error" } },
    });
    parameters.extend(route.takes.headers.iter().map(header_parameter));
    if route.method == Method::GET {
        parameters.extend(query_parameters(&route.takes.message));
    } else if let Some(content) = content(&route.takes.message) {
        operation["requestBody"] = json!({ "content": content });
    }
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    operation
}

/// `post_api_2_0_mlflow_runs_create`: a route answers under several roots, so the root is part of the name.
fn operation_id(method: &Method, path: &str) -> String {
    let mut id = method.as_str().to_ascii_lowercase();
    for word in path.split(|c: char| !c.is_ascii_alphanumeric()) {
        if !word.is_empty() {
            id.push('_');
            id.push_str(word);
        }
    }
    id
}

fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameter(name: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
}

fn header_parameter(header: &Header) -> Value {
    let Header { name, required } = header;
    json!({ "name": name, "in": "header", "required": required, "schema": { "type": "string" } })
}

/// The fields of a GET's message, each a parameter of the query.
fn query_parameters(message: &Shape) -> Vec<Value> {
    let Shape::Json(schema) = message else {
        return Vec::new();
    };
    let fields = schema.get("properties").and_then(Value::as_object);
    let fields = fields.into_iter().flatten();
    let parameter = |(name, schema): (&String, &Value)| json!({ "name": name, "in": "query", "schema": schema });
    fields.map(parameter).collect()
}

fn content(shape: &Shape) -> Option<Value> {
    match shape {
        Shape::Nothing => None,
        Shape::Json(schema) => Some(json!({ "application/json": { "schema": schema } })),
        Shape::Text => Some(json!({ "text/plain": { "schema": { "type": "string" } } })),
        Shape::Bytes => Some(json!({ "application/octet-stream": {} })),
        Shape::Media(types) => {
            let each = types.iter().map(|media| ((*media).to_owned(), json!({})));
            Some(Value::Object(each.collect()))
        }
    }
}

fn answer(shape: &Shape) -> Value {
    match content(shape) {
        Some(content) => json!({ "description": "Done", "content": content }),
        None => json!({ "description": "Done" }),
    }
}

fn error_response() -> Value {
    json!({
        "description": "What is wrong, as MLflow's clients read it",
        "content": { "application/json": { "schema": {
            "type": "object",
            "required": ["error_code", "message"],
            "properties": { "error_code": { "type": "string" }, "message": { "type": "string" } },
            "additionalProperties": false,
        } } },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_route_is_described_with_its_message_and_its_answer() {
        let document = document(&crate::mlflow::table());
        let create = &document["paths"]["/api/2.0/mlflow/experiments/create"]["post"];
        let taken = &create["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(
            taken["properties"]["name"]["type"],
            json!(["string", "integer", "null"])
        );
        let given = &create["responses"]["200"]["content"]["application/json"]["schema"];
        assert_eq!(given["required"], json!(["experiment_id"]));
        let get = &document["paths"]["/ajax-api/2.0/mlflow/runs/get"]["get"];
        let names: Vec<&Value> = get["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| &p["name"])
            .collect();
        assert_eq!(names, ["run_id", "run_uuid"]);
        let version = &document["paths"]["/version"]["get"];
        assert_eq!(
            version["responses"]["200"]["content"]["text/plain"]["schema"]["type"],
            "string"
        );
    }

    #[test]
    fn spans_are_described_as_they_are_taken() {
        let document = document(&crate::mlflow::table());
        let export = &document["paths"]["/v1/traces"]["post"];
        let media: Vec<&String> = export["requestBody"]["content"]
            .as_object()
            .unwrap()
            .keys()
            .collect();
        assert_eq!(media, ["application/json", "application/x-protobuf"]);
        let first = json!({
            "name": "x-mlflow-experiment-id", "in": "header", "required": true, "schema": { "type": "string" },
        });
        assert_eq!(export["parameters"][0], first);
        assert_eq!(export["parameters"][1]["required"], false);
    }

    #[test]
    fn every_route_of_the_table_is_in_the_document() {
        let table = crate::mlflow::table();
        let document = document(&table);
        let mut operations = 0;
        for route in &table.routes {
            for address in route.addresses() {
                let path = address.replace("{*", "{");
                let method = route.method.as_str().to_ascii_lowercase();
                assert!(
                    document["paths"][&path][&method].is_object(),
                    "{method} {path}"
                );
                operations += 1;
            }
        }
        let described = document["paths"].as_object().unwrap().values();
        let described: usize = described.map(|m| m.as_object().unwrap().len()).sum();
        assert_eq!(described, operations);
    }

    #[test]
    fn operations_have_names_of_their_own_and_parameters_for_their_paths() {
        let document = document(&crate::mlflow::table());
        let mut ids = HashSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for operation in methods.as_object().unwrap().values() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(ids.insert(id.to_owned()), "{id} twice");
                let declared = operation["parameters"].as_array().into_iter().flatten();
                let declared = declared.filter(|p| p["in"] == "path").count();
                assert_eq!(declared, path.matches('{').count(), "{path}");
            }
        }
    }
}
