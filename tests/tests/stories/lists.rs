//! A simulated venue's list of instruments, asked for over REST as a run does.

use engine_model::instrument::Instruments;
use engine_model::venue::VenueId;
use engine_ring::clock::Clock;
use feeds::net::endpoint::Endpoint;
use feeds::net::rest::{Job, Outcome, RestClient, RestSettings};
use std::time::{Duration, Instant};
use tests_venue::SimulatedVenue;

/// No story waits longer than this for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the list makes of these symbols, or why nothing.
pub(crate) fn listed(venue: VenueId, exchange: &SimulatedVenue, symbols: &[&str]) -> Result<Instruments, String> {
    let endpoint = Endpoint::rest(&exchange.rest_url()).expect("an address");
    let settings = RestSettings::new(endpoint, None, feeds::weight_limit(venue), 7);
    let client = RestClient::start(settings, Clock::machine(), None).expect("a thread");
    let ask = |request| {
        client.try_ask(Job::Send { id: 0, request, weight: 1, body: Vec::new() }).expect("room");
        let start = Instant::now();
        loop {
            match client.try_take().map(|answer| answer.outcome) {
                Some(Outcome::Body(body)) => return body,
                Some(other) => panic!("{other:?} in place of a list"),
                None => assert!(start.elapsed() < PATIENCE, "no list came"),
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    let answers: Vec<Vec<u8>> = feeds::list_requests(venue, symbols).into_iter().map(ask).collect();
    feeds::read_list(venue, &answers, symbols).map_err(|error| error.to_string())
}
