use super::{Question, key, run, text};
use crate::args::{Asked, Cli, Command, Door};
use crate::exit::Exit;
use clap::Parser as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn an_answer_reads_in_the_order_in_which_it_was_written() {
    let answer = r#"{"at_ns": 1767268800000000000, "equity_usd": "100000.00", "age_ns": 2500000, "margin": null,
        "positions": [{"venue": "bybit", "symbol": "BTCUSDT", "qty": "-0.25", "px": {"average": "61800.5", "mark": null}},
                      {"venue": "okx", "symbol": "ETHUSDT", "qty": "12", "px": {"average": "3000", "mark": "3001.5"}}],
        "orders": [], "day": {"loss_usd": "12.50", "is_open": true}}"#;
    let told = text::text(&serde_json::from_str(answer).expect("an answer"), text::Room { columns: None, first: &[] });
    let expected = "\
at          2026-01-01T12:00:00.000000000Z
equity usd  100000.00
age         2.5 ms
margin      n/a

positions
venue  symbol     qty  px average  px mark
bybit  BTCUSDT  -0.25     61800.5      n/a
okx    ETHUSDT     12        3000   3001.5

orders: none

day
loss usd  12.50
is open   yes
";
    assert_eq!(told, expected);
}

/// Answers one connection with these words, and gives back what was asked.
fn answering(answer: &'static str) -> (std::net::SocketAddr, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a caller");
        let mut asked = [0; 1_024];
        let length = stream.read(&mut asked).expect("a question");
        stream.write_all(answer.as_bytes()).expect("a reader");
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    (address, thread)
}

#[test]
fn a_key_is_told_to_the_engine_and_a_refusal_to_the_caller() {
    let scratch = std::env::temp_dir().join(format!("ringside-ask-{}", std::process::id()));
    std::fs::write(&scratch, "rsk_1234\n").expect("a file");
    std::fs::set_permissions(&scratch, std::fs::Permissions::from_mode(0o600)).expect("ours");
    let (address, thread) = answering("HTTP/1.1 403 Forbidden\r\n\r\n{\"detail\":\"needs the role trader\"}");
    let asked = Asked {
        door: Door { url: Some(address.to_string()), key_file: Some(scratch.clone()), ca: None },
        json: false,
        wide: false,
    };
    let exit = run(Question::Orders, &asked).expect_err("refused");
    assert_eq!(exit.code(), 3);
    assert!(exit.message().expect("words").contains("needs the role trader"), "{exit:?}");
    let question = thread.join().expect("answered");
    assert!(question.starts_with("GET /api/v1/trading/orders HTTP/1.0\r\n"), "{question}");
    assert!(question.contains("\r\nAuthorization: Bearer rsk_1234\r\n"), "{question}");

    std::fs::set_permissions(&scratch, std::fs::Permissions::from_mode(0o644)).expect("ours");
    let exit = key(Some(&scratch)).expect_err("others may read it");
    assert!(matches!(&exit, Exit::Usage(words) if words.contains("chmod 600") && !words.contains("rsk_")), "{exit:?}");
    std::fs::set_permissions(&scratch, std::fs::Permissions::from_mode(0o600)).expect("ours");
    for text in ["", "\n", "rsk_12\r\nX-Role: admin", "two words", "rsk_\u{e9}"] {
        std::fs::write(&scratch, text).expect("a file");
        let exit = key(Some(&scratch)).expect_err("no key");
        assert!(
            matches!(&exit, Exit::Usage(words) if words.contains("one word") && !words.contains("rsk_")),
            "{exit:?}"
        );
    }
    std::fs::remove_file(&scratch).expect("ours");
    assert_eq!(key(Some(&scratch)).expect_err("no such file").code(), 2);
}

#[test]
fn without_an_engine_it_ends_with_4_and_says_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let call = Cli::try_parse_from(["ringside", "positions", "--address", &address.to_string()]).expect("a call");
    let Command::Positions(asked) = call.command else { panic!("another command") };
    let exit = run(Question::Positions, &asked).expect_err("nobody");
    assert_eq!(exit.code(), 4);
    assert!(exit.message().expect("words").contains("ringside demo"), "{exit:?}");
}

const POSITIONS: &str = include_str!("canned_positions.json");

fn positions(columns: Option<usize>) -> String {
    let room = text::Room { columns, first: Question::Positions.first() };
    text::text(&serde_json::from_str(POSITIONS).expect("an answer"), room)
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

/// Compares with the golden text, or writes it when `UPDATE_GOLDEN` is set.
#[track_caller]
fn check_golden(name: &str, text: &str) {
    let path = format!("{}/src/command/ask/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).expect("written");
    }
    let golden = std::fs::read_to_string(&path).expect("a golden text");
    assert_eq!(text, golden, "{path}: UPDATE_GOLDEN=1 writes it anew");
}

#[test]
fn positions_fit_a_terminal_and_show_what_counts() {
    let told = positions(Some(120));
    assert!(widest(&told) <= 120, "{}: {told}", widest(&told));
    check_golden("positions", &told);
    let narrow = positions(Some(80));
    assert!(widest(&narrow) <= 80 && narrow.contains("avg px") && narrow.contains("unrealised"), "{narrow}");
    let wide = positions(None);
    assert!(wide.contains("liquidation reason") && wide.contains("maintenance margin") && !wide.contains("--wide"));
    assert!(widest(&wide) > 240, "{}", widest(&wide));
    // Of the narrowest terminal the first column is left, and the others are counted.
    assert!(positions(Some(1)).contains("columns more: --wide)"));
}
