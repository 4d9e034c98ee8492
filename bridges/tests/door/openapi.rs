//! The document, and that the door answers as it says.

use crate::client::{Answer, Stream, get};
use crate::rig::{Rig, SPOT, USDM};
use crate::routes::{busy_rig, check};
use crate::schema;
use engine_model::market::{MarketChange, Side};
use engine_model::units::{Lots, Ticks};
use serde_json::Value;

fn document(rig: &Rig) -> Value {
    get(rig.address, "/api/openapi.json").json()
}

#[test]
fn the_document_is_what_its_golden_file_says() {
    let document = document(&Rig::new());
    // Nothing is left open: a field without a type or a reference would let anything pass.
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        for (field, shape) in schema["properties"].as_object().into_iter().flatten() {
            let is_told = ["type", "$ref", "oneOf", "allOf"].iter().any(|key| shape.get(key).is_some());
            assert!(is_told, "{name}.{field}: {shape}");
        }
    }
    check("openapi.json", document);
}

/// Holds an answer against what the document says of the path.
fn hold(document: &Value, path: &str, verb: &str, answer: &Answer, asked: &str) {
    let responses = &document["paths"][path][verb]["responses"];
    let told = responses.get(answer.status.to_string());
    let told = told.unwrap_or_else(|| panic!("{asked}: {} is not told: {}", answer.status, answer.body));
    let named = told["$ref"].as_str().and_then(|path| document.pointer(path.trim_start_matches('#')));
    let told = named.unwrap_or(told);
    let content = told["content"].as_object().expect("a list");
    let is_said = |media: &str| answer.head.contains(&format!("content-type: {media}"));
    let said = content.iter().find(|(media, _)| is_said(media));
    let (media, body) = said.unwrap_or_else(|| panic!("{asked}: none of {content:?}: {}", answer.head));
    if media.ends_with("json") {
        let found = answer.json();
        schema::check(document, &body["schema"], &found).unwrap_or_else(|fault| panic!("{asked}: {fault}\n{found}"));
    }
}

/// Every route that is read, with what it takes and with what it does not.
fn questions(document: &Value) -> Vec<(String, String)> {
    let mut questions = Vec::new();
    for (path, verbs) in document["paths"].as_object().expect("paths") {
        let Some(get) = verbs.get("get").filter(|_| !path.starts_with("/ws/")) else { continue };
        for (symbol, id) in [("BTC", "0"), ("BTCUSD_PERP", "0"), ("btc-usdt", "1"), ("DOGE", "x"), ("%FF", "-1")] {
            let asked = path.replace("{symbol}", symbol).replace("{id}", id).replace("{name}", id);
            questions.push((path.clone(), asked.clone()));
            questions.push((path.clone(), format!("{asked}?nothing=1")));
            if symbol != "BTC" {
                continue;
            }
            for param in get["parameters"].as_array().expect("a list").iter().filter(|param| param["in"] == "query") {
                let schema = &param["schema"];
                let name = param["name"].as_str().expect("a name");
                let words = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let numbers = [&schema["minimum"], &schema["maximum"]].map(ToString::to_string);
                let right = words.map(str::to_owned).chain(numbers);
                questions.extend(
                    right
                        .chain(["", "-1", "x"].map(str::to_owned))
                        .map(|value| (path.clone(), format!("{asked}?{name}={value}"))),
                );
            }
        }
    }
    questions
}

#[test]
fn the_door_answers_every_question_as_the_document_says_while_nothing_is_known_and_in_the_middle_of_a_run() {
    let mut busy = busy_rig();
    busy.publish(USDM, MarketChange::Liquidation { px: Ticks(618_000), qty: Lots(7), closed: Side::Buy });
    busy.publish(USDM, MarketChange::OpenInterest { qty: Lots(1_234_567) });
    busy.trade(USDM, 9);
    busy.trade(SPOT, 10);
    for rig in [&Rig::new(), &busy] {
        let document = document(rig);
        let questions = questions(&document);
        assert!(questions.len() > 200, "{} questions", questions.len());
        for (path, asked) in &questions {
            let answer = get(rig.address, asked);
            assert!(answer.status < 500 || answer.status == 503, "{asked}: {}", answer.body);
            hold(&document, path, "get", &answer, asked);
        }
    }
}

#[test]
fn streams_say_what_the_document_says_and_a_number() {
    let rig = busy_rig();
    let document = document(&rig);
    let streams = document["paths"].as_object().expect("paths").iter().filter(|(path, _)| path.starts_with("/ws/"));
    let mut count = 0;
    for (path, verbs) in streams {
        let mut first = Stream::open(rig.address, &path.replace("{symbol}", "BTC")).next().expect("a message");
        assert_eq!(first.as_object_mut().and_then(|first| first.remove("seq")), Some(Value::from(1)), "{path}");
        let told = schema::check(&document, &verbs["get"]["x-message"], &first);
        told.unwrap_or_else(|fault| panic!("{path}: {fault}\n{first}"));
        count += 1;
    }
    assert_eq!(count, 5);
}

#[test]
fn a_person_finds_every_route_on_the_page() {
    let rig = Rig::new();
    let page = get(rig.address, "/api/docs").body;
    for path in document(&rig)["paths"].as_object().expect("paths").keys() {
        assert!(page.contains(path.as_str()), "{path}");
    }
}
