//! What parses, and what does not.

use super::*;
use clap::CommandFactory as _;

#[test]
fn the_definition_of_the_arguments_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn an_order_is_named_by_its_id_or_the_number_of_it() {
    let id = ClientOrderId::new(1, 5, 12);
    assert_eq!((order_id("R1-5-12"), order_id(&id.0.to_string())), (Ok(id), Ok(id)));
    for bad in ["R1-5", "R1-5-12-1", "R256-5-1", "R1-16777216-1", "R1-5-0", "r1-5-12", "12x", "0", ""] {
        assert!(order_id(bad).is_err_and(|told| told.contains(bad)), "{bad}");
    }
}

#[test]
fn durations_carry_their_unit() {
    assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
    assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
    assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
    for bad in ["30", "s", "0s", "1.5s", "-1s", "99999999999999999999s", "9999999999999999h", "5 m", ""] {
        assert!(duration(bad).is_err(), "{bad}");
    }
}

/// As a shell takes a line apart: at spaces, but not between single quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut is_quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars().chain([' ']) {
        match letter {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted && !word.is_empty() => words.push(std::mem::take(&mut word)),
            ' ' if !is_quoted => {}
            _ => word.push(letter),
        }
    }
    words
}

#[test]
fn every_example_in_the_help_parses() {
    let mut root = Cli::command();
    let mut texts = vec![root.render_long_help().to_string()];
    for command in root.get_subcommands_mut() {
        texts.push(command.render_long_help().to_string());
        texts.extend(command.get_subcommands_mut().map(|sub| sub.render_long_help().to_string()));
    }
    let lines = texts.iter().flat_map(|text| text.lines());
    let examples: Vec<&str> = lines
        .filter_map(|line| line.trim().trim_start_matches("Start with: ").split(" | ").next()?.split(" < ").next())
        .filter(|line| line.starts_with("ringside ") && !line.contains('<') && !line.contains("[OPTIONS]"))
        .collect();
    assert!(examples.len() >= 9, "{examples:?}");
    for example in examples {
        if let Err(error) = Cli::try_parse_from(words(example)) {
            panic!("{example}: {error}");
        }
    }
}

#[test]
fn wrong_calls_end_with_two() {
    for call in [&["ringside", "demo", "--for", "30"][..], &["ringside", "fly"], &["ringside", "run"], &["ringside"]] {
        assert_eq!(Cli::try_parse_from(call).expect_err("a wrong call").exit_code(), 2, "{call:?}");
    }
}
