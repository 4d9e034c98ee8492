//! The OpenAPI 3.1 document of this door, made of the table of routes and the list of their shapes; and a page of it for
//! people, without script, style or anything from elsewhere.

use super::Door;
use super::page::{escaped, is_page};
use super::shape::{self, Answer, Json, Kind, Param, Schemas};
use crate::role::{Needs, Route, Stream, Verb};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::sync::{Arc, OnceLock};

/// Who may be asked for what without being known.
const PUBLIC: &str = "nobody";

/// `/api/openapi.json`
pub(super) async fn document() -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| format!("{:#}\n", whole()));
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], text.as_str()).into_response()
}

/// The document.
pub(super) fn whole() -> Value {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    let mut put = |path: &str, verb: Verb, operation: Value| {
        let path = paths.entry(path).or_insert_with(|| json!({}));
        path[verb.name().to_ascii_lowercase()] = operation;
    };
    for route in Route::ALL {
        put(route.path(), route.verb(), operation(*route, &mut schemas));
    }
    for stream in Stream::ALL {
        put(stream.path(), Verb::Get, opening(*stream, &mut schemas));
    }
    shape::failure(&mut schemas);
    let schemas: Map<String, Value> =
        schemas.into_iter().map(|(name, schema)| (name, json!(schema))).map(nullable).collect();
    let responses: Map<String, Value> =
        shape::REFUSALS.into_iter().map(|status| (format!("Refused{status}"), refusal(status))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ringside",
            "version": "1",
            "description": "Prices and quantities are decimal strings with the decimals of the instrument's tick or lot, times \
                are nanoseconds since 1970 named *_ns, ratios are numbers, what is unknown is null and never 0. \
                Fields may be added, none changes its meaning.",
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses,
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer" },
                "cookie": {
                    "type": "apiKey", "in": "cookie", "name": "__Host-ringside",
                    "description": "A browser's session, of POST /login; without TLS its name is ringside. What changes something \
                        needs an Origin of this door beside it.",
                },
            },
        },
    })
}

/// The value of a reading can be null: what derives the schemas forgets an `Option` around a parameter of a type.
fn nullable((name, mut schema): (String, Value)) -> (String, Value) {
    if name.starts_with("Reading_") {
        let value = schema["properties"]["value"].take();
        schema["properties"]["value"] = json!({ "oneOf": [{ "type": "null" }, value] });
    }
    (name, schema)
}

fn operation(route: Route, schemas: &mut Schemas) -> Value {
    let shape = shape::route(route);
    let content = match shape.answer {
        Answer::Json(answer) => json!({ "application/json": { "schema": reference(answer, schemas) } }),
        Answer::Text(media) => json!({ media: { "schema": {} } }),
        Answer::Nothing => json!({}),
    };
    let mut responses = refused(shape::refusals(route));
    let mut operation = json!({
        "operationId": format!("{route:?}"),
        "summary": route.about(),
        "tags": [tag(route.path())],
        "parameters": parameters(route.path(), shape.params),
        "x-needs": needs(route.needs()),
    });
    answered(&mut responses, shape.status, "What was asked for.", content);
    if matches!(route, Route::OrderBook | Route::Positions) {
        let about = "Nothing is new since the answer whose ETag was shown in If-None-Match.";
        answered(&mut responses, 304, about, json!({}));
    }
    if is_page(route) {
        answered(
            &mut responses,
            303,
            "Nobody is known: to the page for logging in, for whoever takes HTML.",
            json!({}),
        );
    }
    if let Some(body) = shape.body {
        let is_form = matches!(route, Route::LoginForm);
        let media = if is_form { "application/x-www-form-urlencoded" } else { "application/json" };
        let content = json!({ media: { "schema": reference(body, schemas) } });
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    for (status, also) in shape.also.into_iter().flatten() {
        let content = json!({ "application/json": { "schema": reference(also, schemas) } });
        answered(&mut responses, status, "The other answer.", content);
    }
    operation["responses"] = responses.into();
    secured(operation, route.needs())
}

fn opening(stream: Stream, schemas: &mut Schemas) -> Value {
    let (params, message) = shape::stream(stream);
    let mut responses = refused(shape::stream_refusals(stream));
    answered(&mut responses, 101, "The stream begins.", json!({}));
    let operation = json!({
        "operationId": format!("Stream{stream:?}"),
        "summary": format!("Stream: {}", stream.about()),
        "description": "A WebSocket. The first message is the whole picture, then what changed; each has a number, seq, one more \
            than the one before. Nothing is queued: a client that reads slowly gets fewer, newer messages, and is told how \
            many events it will never see (lapped).",
        "tags": ["streams"],
        "parameters": parameters(stream.path(), params),
        "x-needs": needs(stream.needs()),
        "x-message": reference(message, schemas),
        "responses": responses,
    });
    secured(operation, stream.needs())
}

fn secured(mut operation: Value, needs: Needs) -> Value {
    if needs != Needs::Nothing {
        // A door without users asks nobody who he is.
        operation["security"] = json!([{ "key": [] }, { "cookie": [] }, {}]);
    }
    operation
}

fn needs(needs: Needs) -> &'static str {
    match needs {
        Needs::Nothing => PUBLIC,
        Needs::Role(role) => role.name(),
    }
}

fn reference(of: Json, schemas: &mut Schemas) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", of(schemas)) })
}

/// Each status of a refusal by its own name, and no other: "or anything else" would make every answer a documented one.
fn refused(statuses: Vec<u16>) -> Map<String, Value> {
    let named = |status: u16| json!({ "$ref": format!("#/components/responses/Refused{status}") });
    statuses.into_iter().map(|status| (status.to_string(), named(status))).collect()
}

/// What those names stand for.
fn refusal(status: u16) -> Value {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let schema = json!({ "$ref": "#/components/schemas/Failure" });
    let content = json!({ "application/problem+json": { "schema": schema } });
    json!({ "description": format!("{reason}: why, by RFC 9457."), "content": content })
}

/// One answer more; a status that has a refusal already has both, each in its media type.
fn answered(responses: &mut Map<String, Value>, status: u16, about: &str, content: Value) {
    let mut content = content.as_object().cloned().unwrap_or_default();
    if responses.contains_key(&status.to_string()) {
        content.extend(refusal(status)["content"].as_object().cloned().unwrap_or_default());
    }
    responses.insert(status.to_string(), json!({ "description": about, "content": content }));
}

/// The room of the house that a path is in.
fn tag(path: &str) -> &str {
    path.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next()).unwrap_or("door")
}

fn parameters(path: &str, params: &[Param]) -> Vec<Value> {
    let in_path = path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(|name| {
        json!({
            "name": name, "in": "path", "required": true, "schema": { "type": "string" },
            "description": match name {
                "symbol" => "An instrument or a coin: BTCUSDT.binance-usdm, BTC, btc-usdt, BTC-PERP.",
                "strategy" => "Its name, or strategy:2 where several have the name.",
                "name" | "limit" => "Its name.",
                _ => "Its number.",
            },
        })
    });
    let in_query = params.iter().map(
        |param| json!({ "name": param.name, "in": "query", "description": param.about, "schema": allowed(param.is) }),
    );
    in_path.chain(in_query).collect()
}

fn allowed(kind: Kind) -> Value {
    match kind {
        Kind::Count { default, max } => json!({ "type": "integer", "minimum": 1, "maximum": max, "default": default }),
        Kind::Word { default: Some(default), of } => json!({ "type": "string", "enum": of(), "default": default }),
        Kind::Word { default: None, of } => json!({ "type": "string", "enum": of() }),
        Kind::Time | Kind::Number => json!({ "type": "integer", "minimum": 0, "maximum": u64::MAX }),
    }
}

/// `/api/docs`
pub(super) async fn page(State(door): State<Arc<Door>>) -> Html<String> {
    static TEXT: OnceLock<String> = OnceLock::new();
    Html(TEXT.get_or_init(|| written(&whole(), &door.desk.run.version)).clone())
}

fn written(document: &Value, version: &str) -> String {
    let mut page = String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    let text = |value: &Value| escaped(value.as_str().unwrap_or_default());
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "<title>Ringside: the API</title></head><body>\n<h1>Ringside: the API</h1>\n<p>Version {}. {}</p>\n\
         <p><a href=\"/api/openapi.json\">As an OpenAPI 3.1 document</a></p>\n",
        escaped(version),
        text(&document["info"]["description"]),
    );
    let empty = Map::new();
    for (path, operations) in document["paths"].as_object().unwrap_or(&empty) {
        for (verb, operation) in operations.as_object().unwrap_or(&empty) {
            let title = format!("{} {path}", verb.to_ascii_uppercase());
            let _ = write!(
                page,
                "<details><summary><code>{}</code> — {}</summary>\n<p>For: {}</p>\n",
                escaped(&title),
                text(&operation["summary"]),
                text(&operation["x-needs"]),
            );
            parameters_written(&mut page, operation);
            let answers = operation["responses"].as_object().unwrap_or(&empty).iter();
            for (status, answer) in answers.filter(|(_, answer)| !answer["$ref"].is_string()) {
                let schema = answer["content"].as_object().and_then(|content| content.values().next());
                let schema = schema.map_or(&operation["x-message"], |media| &media["schema"]);
                let _ = writeln!(page, "<p>{}: {}</p>", escaped(status), shown(schema));
            }
            page.push_str("</details>\n");
        }
    }
    page.push_str("<h2>Shapes</h2>\n");
    for (name, schema) in document["components"]["schemas"].as_object().unwrap_or(&empty) {
        let _ = writeln!(page, "<details id=\"{0}\"><summary><code>{0}</code></summary>", escaped(name));
        let _ = writeln!(page, "<p>{}</p>\n{}</details>", text(&schema["description"]), fields(schema));
    }
    page.push_str("</body></html>\n");
    page
}

fn parameters_written(page: &mut String, operation: &Value) {
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let schema = &parameter["schema"];
        let words = schema["enum"]
            .as_array()
            .map(|words| words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "));
        let range = schema["maximum"].as_u64().filter(|max| *max < u64::MAX).map(|max| format!("1 to {max}"));
        let default = (!schema["default"].is_null()).then(|| format!("; default {}", plain(&schema["default"])));
        let _ = writeln!(
            page,
            "<p><code>{}</code> ({}): {} {}{}</p>",
            escaped(&plain(&parameter["name"])),
            escaped(&plain(&parameter["in"])),
            escaped(&plain(&parameter["description"])),
            escaped(&words.or(range).unwrap_or_default()),
            escaped(&default.unwrap_or_default()),
        );
    }
}

/// The fields of a shape, or the shapes that it can be.
fn fields(schema: &Value) -> String {
    let mut rows = String::new();
    for part in ["allOf", "oneOf", "anyOf"].iter().filter_map(|key| schema[*key].as_array()).flatten() {
        let _ = writeln!(rows, "<p>{}</p>{}", shown(part), fields(part));
    }
    let Some(properties) = schema["properties"].as_object() else { return rows };
    rows.push_str("<table>\n");
    for (name, field) in properties {
        let about = escaped(field["description"].as_str().unwrap_or_default());
        let _ =
            writeln!(rows, "<tr><td><code>{}</code></td><td>{}</td><td>{about}</td></tr>", escaped(name), shown(field));
    }
    rows.push_str("</table>\n");
    rows
}

/// What a schema is, in a word or a link.
fn shown(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#{0}\">{0}</a>", escaped(name));
    }
    let kind = &schema["type"];
    let kinds: Vec<&str> = kind
        .as_array()
        .map_or_else(|| vec![kind], |kinds| kinds.iter().collect())
        .into_iter()
        .filter_map(Value::as_str)
        .collect();
    let either = schema["oneOf"].as_array().map(|parts| parts.iter().map(shown).collect::<Vec<_>>().join(" or "));
    match (kinds.contains(&"array"), either) {
        (true, _) => format!("list of {}", shown(&schema["items"])),
        (false, Some(either)) => either,
        (false, None) => escaped(&kinds.join(" or ")),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_and_every_reference_is_in_the_document() {
        let document = whole();
        for (verb, path) in Route::ALL
            .iter()
            .map(|route| (route.verb(), route.path()))
            .chain(Stream::ALL.iter().map(|s| (Verb::Get, s.path())))
        {
            let operation = &document["paths"][path][verb.name().to_ascii_lowercase()];
            assert!(operation["operationId"].is_string(), "{path}");
        }
        let text = document.to_string();
        for room in ["schemas", "responses"] {
            let before = format!("\"#/components/{room}/");
            let referred = text.split(&before).skip(1).filter_map(|rest| rest.split('"').next());
            for name in referred {
                assert!(document["components"][room][name].is_object(), "{name}");
            }
        }
    }

    #[test]
    fn the_page_has_nothing_from_elsewhere() {
        let page = written(&whole(), "<1>");
        assert!(page.contains("&lt;1&gt;") && page.contains("/api/v1/market/ohlcv/{symbol}"));
        for foreign in ["http:", "https:", "<script", "<style", "<link", "src="] {
            assert!(!page.contains(foreign), "{foreign}");
        }
    }
}
