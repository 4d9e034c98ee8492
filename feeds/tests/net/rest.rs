//! Questions and answers over HTTP, with servers that are slow, rude or broken.

use crate::server::{accept, read_posted, read_request, respond, serve, wait_for};
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use feeds::net::endpoint::Endpoint;
use feeds::net::error::NetError;
use feeds::net::poller::Poller;
use feeds::net::request::{Method, Request};
use feeds::net::rest::{Answer, Job, Outcome, RestClient, RestSettings};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

fn settings(address: SocketAddr) -> RestSettings {
    let endpoint = Endpoint::rest(&format!("http://{address}")).expect("good");
    let backoff = (Duration::from_millis(1), Duration::from_millis(4));
    RestSettings { backoff, ..RestSettings::new(endpoint, None, 6_000, 1) }
}

fn start(settings: RestSettings) -> RestClient {
    RestClient::start(settings, Clock::machine(), None).expect("a thread")
}

fn get(id: u64, path: &str) -> Job {
    Job::Get { id, path: path.into(), weight: 1, body: Vec::new() }
}

fn answer(client: &RestClient) -> Answer {
    wait_for("an answer", || client.try_take())
}

/// Asks one question and waits.
pub(crate) fn ask(client: &RestClient, path: &str) -> Result<String, NetError> {
    client.try_ask(get(7, path)).expect("room");
    let answer = answer(client);
    assert_eq!(answer.id, 7);
    match answer.outcome {
        Outcome::Body(body) => Ok(String::from_utf8(body).expect("text")),
        Outcome::Failed(error, _) => Err(error),
        other => panic!("{other:?} to a GET"),
    }
}

/// A server that plays one script a connection.
fn venue(scripts: Vec<fn(&mut TcpStream)>) -> RestClient {
    let (address, _) = serve(move |listener: TcpListener| {
        for script in scripts {
            script(&mut accept(&listener));
        }
    });
    start(settings(address))
}

fn error_from(answer: &'static [u8]) -> NetError {
    let (address, _) = serve(move |listener| {
        let mut stream = accept(&listener);
        read_request(&mut stream);
        let _ = stream.write_all(answer);
    });
    ask(&start(settings(address)), "/x").expect_err("refused")
}

#[test]
fn questions_share_a_connection_and_answers_keep_their_order() {
    let client = venue(vec![|stream| {
        for _ in 0..3 {
            let path = read_request(stream);
            respond(stream, "200 OK", "", &path);
        }
    }]);
    for id in 1..=3 {
        client.try_ask(get(id, &format!("/depth?n={id}"))).expect("room");
    }
    for id in 1..=3 {
        let answer = answer(&client);
        let Outcome::Body(body) = answer.outcome else { panic!("{:?}", answer.outcome) };
        assert_eq!(answer.id, id);
        assert_eq!(body, format!("GET /depth?n={id} HTTP/1.1").as_bytes());
    }
}

#[test]
fn a_kept_connection_that_the_server_closed_is_opened_again() {
    let once: fn(&mut TcpStream) = |stream| {
        read_request(stream);
        respond(stream, "200 OK", "", "ok");
    };
    let client = venue(vec![once, once]);
    assert_eq!(ask(&client, "/1").expect("an answer"), "ok");
    assert_eq!(ask(&client, "/2").expect("an answer"), "ok");
}

#[test]
fn what_is_posted_arrives_whole_and_an_answer_that_refuses_it_comes_back() {
    let client = venue(vec![|stream| {
        let request = read_posted(stream);
        respond(stream, "200 OK", "", &request);
        read_posted(stream);
        respond(stream, "400 Bad", "", r#"{"code":-2010}"#);
    }]);
    let send = |id| {
        let request = Request::post_json("/info", r#"{"type":"meta"}"#);
        client.try_ask(Job::Send { id, request, weight: 1, body: b"of before".to_vec() }).expect("room");
        answer(&client).outcome
    };
    assert!(matches!(send(1), Outcome::Body(body) if body == br#"POST /info HTTP/1.1 {"type":"meta"}"#));
    let Outcome::Failed(NetError::Status { status: 400, .. }, said) = send(2) else { panic!("not refused") };
    assert_eq!(said, br#"{"code":-2010}"#);
}

#[test]
fn an_order_that_waits_behind_another_does_not_leave_once_the_kill_word_is_on() {
    let kill = Switch::default();
    let thrown = kill.clone();
    let (address, _) = serve(move |listener: TcpListener| {
        let stream = &mut accept(&listener);
        read_posted(stream);
        // While the second one waits for its turn.
        thrown.set(true);
        respond(stream, "200 OK", "", "ok");
        let request = read_posted(stream);
        respond(stream, "200 OK", "", &request);
    });
    let client = start(settings(address));
    let order = |id, body| Job::Send { id, request: Request::post_json("/order", body), weight: 1, body: Vec::new() };
    client.try_ask_unless(order(1, "{1}"), kill.clone()).expect("room");
    client.try_ask_unless(order(2, "{2}"), kill.clone()).expect("room");
    client.try_ask(order(3, "{3}")).expect("room");
    assert!(matches!(answer(&client).outcome, Outcome::Body(_)));
    assert!(matches!(answer(&client).outcome, Outcome::Failed(NetError::NotSent { .. }, _)));
    assert!(matches!(answer(&client).outcome, Outcome::Body(body) if body == b"POST /order HTTP/1.1 {3}"));
}

#[test]
fn an_order_on_a_connection_that_breaks_is_not_sent_twice() {
    for method in [Method::Post, Method::Put, Method::Delete] {
        let client = venue(vec![
            |stream| {
                read_request(stream);
                respond(stream, "200 OK", "", "ok");
                // The order came, and its answer is lost.
                read_posted(stream);
            },
            |stream| {
                read_posted(stream);
                respond(stream, "200 OK", "", "again");
            },
        ]);
        assert_eq!(ask(&client, "/1").expect("an answer"), "ok");
        let request = Request { method, ..Request::post_json("/order", "{}") };
        client.try_ask(Job::Send { id: 1, request, weight: 1, body: Vec::new() }).expect("room");
        let outcome = answer(&client).outcome;
        assert!(matches!(outcome, Outcome::Failed(NetError::Cut { .. }, _)), "{method:?}: {outcome:?}");
    }
}

#[test]
fn a_chunked_body_arrives_whole_however_it_is_cut() {
    let client = venue(vec![|stream| {
        read_request(stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").expect("sent");
        for byte in b"4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n" {
            stream.write_all(&[*byte]).expect("sent");
        }
    }]);
    assert_eq!(ask(&client, "/x").expect("an answer"), "{\"a\":1}");
}

#[test]
fn the_buffer_that_was_lent_comes_back_with_its_room() {
    let client = venue(vec![|stream| {
        read_request(stream);
        respond(stream, "200 OK", "", "small");
        read_request(stream);
        respond(stream, "500 Oops", "", "");
    }]);
    for _ in 0..2 {
        let body = Vec::with_capacity(1 << 20);
        client.try_ask(Job::Get { id: 1, path: "/x".into(), weight: 1, body }).expect("room");
        let (Outcome::Body(body) | Outcome::Failed(_, body)) = answer(&client).outcome else { panic!("no buffer") };
        assert!(body.capacity() >= 1 << 20);
    }
}

#[test]
fn a_server_that_drips_is_given_up_at_the_deadline_not_at_the_last_byte() {
    let (address, _) = serve(|listener| {
        let mut stream = accept(&listener);
        read_request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n").expect("sent");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let client = start(RestSettings { answer_within: Duration::from_millis(150), ..settings(address) });
    let started = Instant::now();
    let error = ask(&client, "/slow").expect_err("too slow");
    assert!(matches!(error, NetError::TimedOut { limit_ms: 150, .. }), "{error}");
    assert!(started.elapsed() < Duration::from_millis(1_000), "{:?}", started.elapsed());
}

#[test]
fn a_slow_but_steady_answer_is_waited_for_without_holding_the_asking_thread() {
    let client = venue(vec![|stream| {
        read_request(stream);
        thread::sleep(Duration::from_millis(600));
        respond(stream, "200 OK", "", "late");
    }]);
    let started = Instant::now();
    client.try_ask(get(7, "/slow")).expect("room");
    assert!(client.try_take().is_none());
    assert!(started.elapsed() < Duration::from_millis(500), "asking took {:?}", started.elapsed());
    assert!(matches!(answer(&client).outcome, Outcome::Body(body) if body == b"late"));
}

#[test]
fn after_429_nothing_is_asked_before_retry_after_has_passed() {
    let client = venue(vec![|stream| {
        read_request(stream);
        respond(stream, "429 Too Many Requests", "Retry-After: 1\r\n", "{}");
        let told = Instant::now();
        read_request(stream);
        let silent = told.elapsed();
        respond(stream, "200 OK", "", &silent.as_millis().to_string());
    }]);
    let error = ask(&client, "/1").expect_err("limited");
    assert!(matches!(error, NetError::Limited { status: 429, retry_after_ms: 1_000, .. }), "{error}");
    let silent_ms: u64 = ask(&client, "/2").expect("an answer").parse().expect("a number");
    assert!((900..5_000).contains(&silent_ms), "silent for {silent_ms} ms");
}

#[test]
fn a_ban_without_retry_after_means_a_minute() {
    let client = venue(vec![|stream| {
        read_request(stream);
        respond(stream, "418 I'm a teapot", "", "");
    }]);
    let error = ask(&client, "/1").expect_err("banned");
    assert!(matches!(error, NetError::Limited { status: 418, retry_after_ms: 60_000, .. }), "{error}");
}

/// As long as the venue's own window, and longer each time in a row; an answer ends the row.
#[test]
fn a_passed_limit_that_names_no_time_silences_for_the_venues_window() {
    let (address, _) = serve(|listener| {
        let mut stream = accept(&listener);
        for status in ["429 No", "429 No", "200 OK", "429 No", "418 No"] {
            read_request(&mut stream);
            respond(&mut stream, status, "", "");
        }
    });
    let client = start(RestSettings { limited_for: Duration::from_millis(20), ..settings(address) });
    let silent_ms = |_| match ask(&client, "/1") {
        Err(NetError::Limited { retry_after_ms, .. }) => retry_after_ms,
        Ok(_) => 0,
        Err(other) => panic!("{other}"),
    };
    assert_eq!([(); 5].map(silent_ms), [20, 40, 0, 20, 60_000], "a ban is none of a window");
}

#[test]
fn a_retry_after_that_is_nonsense_silences_for_three_days_at_most() {
    let retry_ms = |answer| match error_from(answer) {
        NetError::Limited { retry_after_ms, .. } => retry_after_ms,
        other => panic!("{other}"),
    };
    let date = b"HTTP/1.1 429 No\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(retry_ms(date), 60_000);
    let huge = b"HTTP/1.1 429 No\r\nRetry-After: 18446744073709551615\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(retry_ms(huge), 259_200_000);
}

#[test]
fn each_bad_status_says_what_to_do() {
    let status = |answer| error_from(answer).to_string();
    assert!(status(b"HTTP/1.1 451 Unavailable\r\nContent-Length: 0\r\n\r\n").contains("country"));
    assert!(status(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n").contains("asked again"));
    assert!(status(b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n\r\n").contains("not followed"));
    assert!(status(b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n").contains("symbol"));
}

#[test]
fn answers_that_are_not_http_or_not_whole_are_refused() {
    assert!(matches!(error_from(b"\x00\x01\x02garbage\r\n\r\n"), NetError::Malformed { .. }));
    assert!(matches!(error_from(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), NetError::Cut { .. }));
    assert!(matches!(
        error_from(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
        NetError::Oversized { .. }
    ));
    assert!(matches!(error_from(b""), NetError::Cut { .. }));
}

#[test]
fn a_server_that_is_down_is_asked_again_only_after_a_pause() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("an address");
    let backoff = (Duration::from_millis(100), Duration::from_millis(100));
    let client = start(RestSettings { backoff, ..settings(closed) });
    let started = Instant::now();
    for _ in 0..3 {
        assert!(matches!(ask(&client, "/x"), Err(NetError::Connect { .. })));
    }
    assert!(started.elapsed() >= Duration::from_millis(100), "two pauses of at least 50 ms lie between");
}

#[test]
fn weight_is_spent_within_the_budget() {
    let client = venue(vec![|stream| {
        for _ in 0..3 {
            read_request(stream);
            respond(stream, "200 OK", "", "");
        }
    }]);
    // Half of 6000 is the bucket: the third question of 1490 needs 1470 more, 29 s of refill.
    for id in 1..=3 {
        client.try_ask(Job::Get { id, path: "/x".into(), weight: 1_490, body: Vec::new() }).expect("room");
    }
    assert_eq!((answer(&client).id, answer(&client).id), (1, 2));
    thread::sleep(Duration::from_millis(200));
    assert!(client.try_take().is_none(), "the budget let a third question through");
}

#[test]
fn names_are_resolved_even_while_questions_wait_for_the_budget() {
    let client = venue(vec![|stream| {
        read_request(stream);
        respond(stream, "429 Slow down", "Retry-After: 3600\r\n", "");
    }]);
    ask(&client, "/1").expect_err("limited");
    client.try_ask(get(1, "/waits")).expect("room");
    client.try_ask(Job::Resolve { id: 9, host: "localhost".into(), port: 8420, choice: 5 }).expect("room");
    let resolved = answer(&client);
    assert_eq!(resolved.id, 9);
    assert!(
        matches!(resolved.outcome, Outcome::Address(address) if address.port() == 8420 && address.ip().is_loopback())
    );
    client.try_ask(Job::Resolve { id: 10, host: "no-such-name.invalid".into(), port: 1, choice: 0 }).expect("room");
    assert!(matches!(answer(&client).outcome, Outcome::NoAddress(NetError::Resolve { .. })));
}

#[test]
fn a_full_queue_gives_the_job_back_and_an_answer_rings_the_bell() {
    let (address, _) = serve(|listener| {
        let mut stream = accept(&listener);
        read_request(&mut stream);
        thread::sleep(Duration::from_millis(50));
        respond(&mut stream, "200 OK", "", "");
        crate::server::until_closed(&mut stream);
    });
    let mut poller = Poller::new().expect("epoll");
    let narrow = RestSettings { queue: 1, ..settings(address) };
    let client = RestClient::start(narrow, Clock::machine(), Some(poller.bell())).expect("a thread");
    let refused = wait_for("a full queue", || client.try_ask(get(1, "/x")).err());
    assert!(matches!(refused, Job::Get { id: 1, .. }));
    let started = Instant::now();
    while client.try_take().is_none() {
        assert!(poller.sleep(Duration::from_secs(5)), "the answer rang no bell");
    }
    assert!(started.elapsed() < Duration::from_secs(4));
}

/// An order that waits behind slow ones: what it waited is counted from the asking, not from the turn of the thread.
#[test]
fn what_waited_too_long_is_given_back_unsent() {
    let slow = Duration::from_millis(1_000);
    let (address, server) = serve(move |listener| {
        let mut stream = accept(&listener);
        for _ in 0..2 {
            let path = read_request(&mut stream);
            thread::sleep(slow);
            respond(&mut stream, "200 OK", "", &path);
        }
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).expect("an end");
        assert_eq!(String::from_utf8_lossy(&rest), "", "sent too late");
    });
    let client = start(RestSettings { sheds: true, answer_within: slow * 3 / 2, ..settings(address) });
    client.try_ask(get(1, "/1")).expect("room");
    thread::sleep(slow / 4);
    // In time for the second, three quarters of a second on; too late for the third.
    client.try_ask(get(2, "/2")).expect("room");
    client.try_ask(get(3, "/3?key=1")).expect("room");
    for id in 1..=2 {
        let Answer { id: of, outcome: Outcome::Body(_), .. } = answer(&client) else { panic!("no answer to {id}") };
        assert_eq!(of, id);
    }
    let Answer { id: 3, outcome: Outcome::Failed(error, _), .. } = answer(&client) else { panic!("sent") };
    assert!(
        matches!(&error, NetError::NotSent { path, reason, .. } if path == "/3" && reason.contains("too late")),
        "{error}"
    );
    drop(client);
    server.join().expect("nothing came late");
}

#[test]
fn what_waits_while_the_venue_wants_silence_is_given_back_unsent() {
    let (address, _) = serve(|listener| {
        let mut stream = accept(&listener);
        read_request(&mut stream);
        thread::sleep(Duration::from_millis(200));
        respond(&mut stream, "429 Too Many Requests", "Retry-After: 60\r\n", "{}");
        crate::server::until_closed(&mut stream);
    });
    let client = start(RestSettings { sheds: true, ..settings(address) });
    (1..=3).for_each(|id| client.try_ask(get(id, "/x")).expect("room"));
    assert!(matches!(answer(&client).outcome, Outcome::Failed(NetError::Limited { status: 429, .. }, _)));
    for id in 2..=3 {
        let Answer { id: of, outcome: Outcome::Failed(error, _), .. } = answer(&client) else {
            panic!("{id} was sent")
        };
        assert!(of == id && matches!(error, NetError::NotSent { .. }), "{of}: {error}");
    }
}

/// Whoever may not enter orders for a minute may need to withdraw them.
#[test]
fn a_limit_that_an_order_met_gives_back_orders_and_lets_cancels_through() {
    let (address, _) = serve(|listener| {
        let mut stream = accept(&listener);
        let asked = |path: &str| format!("GET {path} HTTP/1.1");
        assert_eq!(read_request(&mut stream), asked("/place/1"));
        thread::sleep(Duration::from_millis(200));
        respond(&mut stream, "429 Too Many Requests", "Retry-After: 60\r\n", "{}");
        for path in ["/cancel/3", "/place/5"] {
            assert_eq!(read_request(&mut stream), asked(path));
            respond(&mut stream, "200 OK", "", path);
        }
        crate::server::until_closed(&mut stream);
    });
    let client = start(RestSettings { sheds: true, ..settings(address) });
    let place = |id, path| client.try_ask_unless(get(id, path), Switch::default()).expect("room");
    place(1, "/place/1");
    place(2, "/place/2");
    client.try_ask(get(3, "/cancel/3")).expect("room");
    place(4, "/place/4");
    assert!(matches!(answer(&client).outcome, Outcome::Failed(NetError::Limited { status: 429, .. }, _)));
    for id in [2, 4] {
        let Answer { id: of, outcome: Outcome::Failed(error, _), .. } = answer(&client) else {
            panic!("{id} was sent")
        };
        assert!(of == id && matches!(error, NetError::NotSent { .. }), "{of}: {error}");
    }
    assert!(matches!(answer(&client), Answer { id: 3, outcome: Outcome::Body(_), .. }));
    // Whoever asks holds back orders for as long as he was told; the thread does not.
    place(5, "/place/5");
    assert!(matches!(answer(&client), Answer { id: 5, outcome: Outcome::Body(_), .. }));
}

/// Cancels that pass between them make no first limit of the second.
#[test]
fn a_limit_of_orders_in_a_row_is_longer_each_time_whatever_cancels_pass_between() {
    const ANSWERS: [(&str, &str); 7] = [
        ("/place", "429 No"),
        ("/cancel", "200 OK"),
        ("/place", "429 No"),
        ("/cancel", "200 OK"),
        ("/place", "200 OK"),
        ("/cancel", "200 OK"),
        ("/place", "429 No"),
    ];
    let (address, _) = serve(|listener| {
        let mut stream = accept(&listener);
        for (path, status) in ANSWERS {
            assert_eq!(read_request(&mut stream), format!("GET {path} HTTP/1.1"));
            respond(&mut stream, status, "", "");
        }
        crate::server::until_closed(&mut stream);
    });
    let limited_for = Duration::from_millis(20);
    let client = start(RestSettings { sheds: true, limited_for, ..settings(address) });
    let silent_ms = ANSWERS.map(|(path, _)| {
        let job = get(1, path);
        let put = if path == "/place" { client.try_ask_unless(job, Switch::default()) } else { client.try_ask(job) };
        put.expect("room");
        match answer(&client).outcome {
            Outcome::Failed(NetError::Limited { retry_after_ms, .. }, _) => retry_after_ms,
            Outcome::Body(_) => 0,
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(silent_ms, [20, 0, 40, 0, 0, 0, 20]);
}
