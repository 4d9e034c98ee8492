//! Whoever changes the audit is found out: ten thousand ways, drawn by seed, of somebody who may write to the table.
//!
//! A hash without a key can be computed anew by whoever knows how. So what he does well is found by the next row or, from
//! some row to the end, by the head that was kept elsewhere; both are what the chain is for.

use super::{AuditRow, Broken, Entry, Head, ended, hash, walk};

/// Rows of a chain: the first, the last and enough between them.
const ROWS: i64 = 24;
const TAMPERINGS: u64 = 10_000;

/// SplitMix64: one seed, one story.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

fn sealed(seq: i64, entry: Entry, previous: &str) -> AuditRow {
    let hash = hash(seq, &entry, previous).to_hex().to_string();
    AuditRow { seq, entry, previous: previous.to_owned(), hash }
}

/// As a house writes it: what is asked, and what came of it.
fn chain() -> Vec<AuditRow> {
    let mut rows: Vec<AuditRow> = Vec::new();
    for seq in 1..=ROWS {
        let (is_asked, actor) = (seq % 2 == 1, if seq % 5 == 0 { "user:tom" } else { "user:ada" });
        let text = |text: &str| text.to_owned();
        let entry = Entry {
            at_ns: 1_772_366_400_000_000_000 + seq,
            actor: text(actor),
            source: text("session:0f3a9c01b2d4@127.0.0.1"),
            action: text(["halt", "resume", "flatten", "user add"][seq as usize / 2 % 4]),
            what: text("venue:binance-spot"),
            before: text("ACTIVE"),
            after: text(if is_asked { "" } else { "HALTED" }),
            outcome: text(if is_asked { "asked" } else { "done" }),
            answers: if is_asked { 0 } else { seq - 1 },
        };
        let previous = rows.last().map_or_else(|| Head::empty().hash, |row| row.hash.clone());
        rows.push(sealed(seq, entry, &previous));
    }
    rows
}

fn verify(rows: &[AuditRow], kept: &[Head]) -> Result<Head, Broken> {
    walk(Head::empty(), rows, kept).and_then(|head| ended(head, kept))
}

/// A text that is another one: a letter more, less, or another.
fn bent(text: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let place = dice.below(letters.len() + 1);
    match dice.below(3) {
        0 if place < letters.len() => drop(letters.remove(place)),
        1 if place < letters.len() => letters[place] = if letters[place] == 'x' { 'y' } else { 'x' },
        _ => letters.insert(place, char::from(b'a' + dice.below(26) as u8)),
    }
    letters.into_iter().collect()
}

/// One field of a row becomes another.
fn edit(row: &mut AuditRow, dice: &mut Dice) {
    let by = 1 + dice.below(1_000_000) as i64;
    let Entry { at_ns, actor, source, action, what, before, after, outcome, answers } = &mut row.entry;
    let text = match dice.below(12) {
        0 => return *at_ns += by,
        1 => return *answers += by,
        2 => return row.seq += by,
        3 => actor,
        4 => source,
        5 => action,
        6 => what,
        7 => before,
        8 => after,
        9 => outcome,
        10 => &mut row.previous,
        _ => &mut row.hash,
    };
    *text = bent(text, dice);
}

/// Puts numbers and hashes right from there on, as somebody does who knows how they are made.
fn reseal(rows: &mut [AuditRow], from: usize) {
    for place in from..rows.len() {
        let previous = if place == 0 { Head::empty().hash } else { rows[place - 1].hash.clone() };
        rows[place] = sealed(place as i64 + 1, rows[place].entry.clone(), &previous);
    }
}

/// One way to change the table.
fn tamper(rows: &mut Vec<AuditRow>, dice: &mut Dice) -> &'static str {
    let (place, other) = (dice.below(rows.len()), dice.below(rows.len()));
    match dice.below(12) {
        0..=3 => {
            edit(&mut rows[place], dice);
            "a field is edited"
        }
        4 => {
            edit(&mut rows[place], dice);
            let AuditRow { seq, entry, previous, .. } = rows[place].clone();
            rows[place] = sealed(seq, entry, &previous);
            "a field is edited, and the row's hash made anew"
        }
        5 => {
            // Letters go from one field to the next one: the same bytes in the same order.
            let entry = &mut rows[place].entry;
            let letter = entry.actor.pop().map(String::from).unwrap_or_default();
            entry.source.insert_str(0, &letter);
            "a letter moves to the next field"
        }
        6 => {
            let end = rows.len().min(place + 1 + dice.below(3));
            rows.drain(place..end);
            "rows are deleted"
        }
        7 => {
            rows.remove(place);
            rows.iter_mut().zip(1..).for_each(|(row, seq)| row.seq = seq);
            "a row is deleted, and the others numbered anew"
        }
        8 | 9 => {
            rows.swap(place, other);
            rows.iter_mut().zip(1..).for_each(|(row, seq)| row.seq = seq);
            "two rows change places"
        }
        10 => {
            let twice = rows[other].clone();
            rows.insert(place, twice);
            reseal(&mut rows[..=place], place);
            "a row is put in"
        }
        _ => {
            edit(&mut rows[place], dice);
            reseal(rows, place);
            "the chain is written anew from a row on"
        }
    }
}

#[test]
fn ten_thousand_ways_to_change_the_audit_are_found() {
    let whole = chain();
    let kept = [verify(&whole, &[]).expect("whole")];
    assert_eq!(verify(&whole, &kept), Ok(kept[0].clone()));
    let mut dice = Dice(7);
    let mut found = std::collections::BTreeMap::new();
    let mut done = 0;
    while done < TAMPERINGS {
        let mut rows = whole.clone();
        let how = tamper(&mut rows, &mut dice);
        // A table is read by its numbers, in whatever order its rows lie.
        rows.sort_by_key(|row| row.seq);
        if rows == whole {
            continue;
        }
        done += 1;
        let same = whole.iter().zip(&rows).take_while(|(whole, row)| whole == row).count() as i64;
        let broken = verify(&rows, &kept).expect_err(how);
        assert!(broken.seq > same, "{how}: row {} is told, and {same} are as they were", broken.seq);
        *found.entry(how).or_insert(0) += 1;
    }
    assert_eq!(found.len(), 8, "each way was gone: {found:?}");
    assert_eq!(found.values().sum::<u64>(), TAMPERINGS);
}
