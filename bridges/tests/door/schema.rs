//! Holds an answer against the OpenAPI document: as much of JSON Schema as the document uses, and nothing passes that
//! it does not name.

use serde_json::Value;

/// What is wrong with `found`, or nothing.
pub(crate) fn check(document: &Value, schema: &Value, found: &Value) -> Result<(), String> {
    walk(document, schema, found, "$")
}

fn walk(document: &Value, schema: &Value, found: &Value, at: &str) -> Result<(), String> {
    if let Some(path) = schema["$ref"].as_str() {
        let target = document.pointer(path.trim_start_matches('#')).ok_or_else(|| format!("{path} is not there"))?;
        return walk(document, target, found, at);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(parts) = schema[key].as_array() {
            let faults: Vec<String> = parts.iter().filter_map(|part| walk(document, part, found, at).err()).collect();
            if faults.len() == parts.len() {
                return Err(format!("{at}: none of {key} fits: {}", faults.join(" | ")));
            }
        }
    }
    kind(schema, found, at)?;
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(found)
    {
        return Err(format!("{at}: {found} is none of {words:?}"));
    }
    if let (Some(items), Some(found)) = (schema.get("items").filter(|items| items.is_object()), found.as_array()) {
        for (index, one) in found.iter().enumerate() {
            walk(document, items, one, &format!("{at}[{index}]"))?;
        }
    }
    if let Some(found) = found.as_object() {
        for name in required(document, schema) {
            if !found.contains_key(&name) {
                return Err(format!("{at}: {name} is missing"));
            }
        }
        let known = properties(document, schema);
        for (name, value) in found {
            let place = format!("{at}.{name}");
            match known.iter().find(|(known, _)| known == name) {
                Some((_, schema)) => walk(document, schema, value, &place)?,
                None if schema["additionalProperties"].is_object() => {
                    walk(document, &schema["additionalProperties"], value, &place)?;
                }
                None if schema["type"] == "object" || schema["allOf"].is_array() => {
                    return Err(format!("{place} is not in the document"));
                }
                None => {}
            }
        }
    }
    Ok(())
}

fn kind(schema: &Value, found: &Value, at: &str) -> Result<(), String> {
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    let is = |kind: &&str| match *kind {
        "null" => found.is_null(),
        "string" => found.is_string(),
        "boolean" => found.is_boolean(),
        "integer" => found.is_u64() || found.is_i64(),
        "number" => found.is_number(),
        "array" => found.is_array(),
        "object" => found.is_object(),
        _ => false,
    };
    if kinds.iter().any(is) { Ok(()) } else { Err(format!("{at}: {found} is no {kinds:?}")) }
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    schema["$ref"].as_str().and_then(|path| document.pointer(path.trim_start_matches('#'))).unwrap_or(schema)
}

/// Of the schema and of what it is made of.
fn properties<'d>(document: &'d Value, schema: &'d Value) -> Vec<(String, &'d Value)> {
    let schema = resolved(document, schema);
    let own = schema["properties"].as_object().into_iter().flatten().map(|(name, schema)| (name.clone(), schema));
    let parts = schema["allOf"].as_array().into_iter().flatten().flat_map(|part| properties(document, part));
    own.chain(parts).collect()
}

fn required(document: &Value, schema: &Value) -> Vec<String> {
    let schema = resolved(document, schema);
    let own = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    let parts = schema["allOf"].as_array().into_iter().flatten().flat_map(|part| required(document, part));
    own.chain(parts).collect()
}

#[test]
fn what_the_document_does_not_say_does_not_pass() {
    let document = serde_json::json!({ "components": { "schemas": { "One": {
        "type": "object", "required": ["a"],
        "properties": { "a": { "type": ["integer", "null"] }, "list": { "type": "array", "items": { "type": "string" } } },
    } } } });
    let schema = serde_json::json!({ "$ref": "#/components/schemas/One" });
    let passes = |found: Value| check(&document, &schema, &found);
    assert_eq!(passes(serde_json::json!({ "a": null, "list": ["x"] })), Ok(()));
    for wrong in [
        serde_json::json!({}),
        serde_json::json!({ "a": "1" }),
        serde_json::json!({ "a": 1.5 }),
        serde_json::json!({ "a": 1, "list": [1] }),
        serde_json::json!({ "a": 1, "b": 2 }),
        serde_json::json!([]),
    ] {
        assert!(passes(wrong.clone()).is_err(), "{wrong}");
    }
}
