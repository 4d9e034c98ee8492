//! The audit: rows that are only ever added, each with a hash over itself and the hash before it.
//!
//! Whoever edits, deletes, swaps or adds a row breaks the chain at a place that [`Store::verify_audit`] names. Who cuts its
//! end off, or writes the whole of it anew, is found out by the heads that are kept elsewhere (`desk/people/anchor`).

use super::{Store, StoreError, doing, is_taken};
use blake3::{Hash, Hasher};
use sqlx::Row as _;
use sqlx::any::AnyRow;

/// Rows that are read at once.
const PAGE: i64 = 1_000;
/// Others who add rows at the same moment: each loses to each at most once.
const TRIES: u32 = 64;

/// What is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at_ns: i64,
    /// Who: `user:NAME`, `telegram:ID`, `uid:N`.
    pub(crate) actor: String,
    /// From where, and by what: `key:ID@ADDRESS`.
    pub(crate) source: String,
    /// What was asked.
    pub(crate) action: String,
    /// Of what.
    pub(crate) what: String,
    pub(crate) before: String,
    pub(crate) after: String,
    /// `asked` before the effect; what came of it afterwards.
    pub(crate) outcome: String,
    /// Of an outcome: the row that it is the outcome of. Else 0.
    pub(crate) answers: i64,
}

/// A row of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuditRow {
    /// From 1, without a gap.
    pub(crate) seq: i64,
    pub(crate) entry: Entry,
    pub(crate) previous: String,
    pub(crate) hash: String,
}

/// The end of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Of the last row; 0: there is none.
    pub(crate) seq: i64,
    pub(crate) hash: String,
}

impl Head {
    fn empty() -> Self {
        Self { seq: 0, hash: Hash::from_bytes([0; 32]).to_hex().to_string() }
    }
}

/// Where and how a chain is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) seq: i64,
    pub(crate) why: String,
}

impl Store {
    /// Adds a row, and says where. Others may add rows at the same time, from other processes too.
    pub(crate) async fn write_audit(&self, entry: &Entry) -> Result<i64, StoreError> {
        let mut tries = 0;
        loop {
            let head = self.audit_head().await?;
            let seq = head.seq + 1;
            let hash = hash(seq, entry, &head.hash).to_hex().to_string();
            match self.insert(seq, entry, &head.hash, &hash).await {
                Ok(()) => return Ok(seq),
                Err(error) if is_taken(&error) && tries < TRIES => tries += 1,
                Err(error) => return Err(doing("writing the audit")(error)),
            }
        }
    }

    async fn insert(&self, seq: i64, entry: &Entry, previous: &str, hash: &str) -> Result<(), sqlx::Error> {
        sqlx::query(
            "INSERT INTO audit (seq, at_ns, actor, source, action, what, state_before, state_after, outcome, answers, previous, hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(seq)
        .bind(entry.at_ns)
        .bind(entry.actor.clone())
        .bind(entry.source.clone())
        .bind(entry.action.clone())
        .bind(entry.what.clone())
        .bind(entry.before.clone())
        .bind(entry.after.clone())
        .bind(entry.outcome.clone())
        .bind(entry.answers)
        .bind(previous.to_owned())
        .bind(hash.to_owned())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The end of the chain.
    pub(crate) async fn audit_head(&self) -> Result<Head, StoreError> {
        let read = doing("reading the audit's end");
        let row = sqlx::query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetch_optional(&self.pool).await;
        let Some(row) = row.map_err(&read)? else { return Ok(Head::empty()) };
        Ok(Head { seq: row.try_get("seq").map_err(&read)?, hash: row.try_get("hash").map_err(&read)? })
    }

    /// At most `count` rows behind that one, in order.
    pub(crate) async fn audit_after(&self, seq: i64, count: i64) -> Result<Vec<AuditRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, at_ns, actor, source, action, what, state_before, state_after, outcome, answers, previous, hash \
             FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2",
        )
        .bind(seq)
        .bind(count)
        .fetch_all(&self.pool)
        .await
        .map_err(doing("reading the audit"))?;
        rows.iter().map(row).collect()
    }

    /// Walks the whole chain, past every head that was kept elsewhere (by its row: a year has half a million of them). The
    /// head, or where it is broken first.
    pub(crate) async fn verify_audit(&self, kept: &[Head]) -> Result<Result<Head, Broken>, StoreError> {
        let mut head = Head::empty();
        loop {
            let rows = self.audit_after(head.seq, PAGE).await?;
            if rows.is_empty() {
                break;
            }
            match walk(head, &rows, kept) {
                Ok(next) => head = next,
                Err(broken) => return Ok(Err(broken)),
            }
        }
        Ok(ended(head, kept))
    }
}

/// Goes on from that head: the next one, or where the chain is broken first.
fn walk(head: Head, rows: &[AuditRow], kept: &[Head]) -> Result<Head, Broken> {
    rows.iter().try_fold(head, |head, row| follow(&head, row, kept))
}

/// Whether the end of the chain may be that: no head was kept elsewhere of a row behind it.
fn ended(head: Head, kept: &[Head]) -> Result<Head, Broken> {
    match kept.iter().filter(|kept| kept.seq > head.seq).max_by_key(|kept| kept.seq) {
        Some(kept) => {
            let why = format!("the end is cut off: row {} was there when its hash was kept elsewhere", kept.seq);
            Err(Broken { seq: head.seq + 1, why })
        }
        None => Ok(head),
    }
}

/// Whether a row is the one behind that head.
fn follow(head: &Head, row: &AuditRow, kept: &[Head]) -> Result<Head, Broken> {
    let seq = head.seq + 1;
    let broken = |why: &str| Err(Broken { seq, why: why.to_owned() });
    if row.seq != seq {
        return broken("the row is missing");
    }
    if row.previous != head.hash {
        return broken("it does not follow the row before it");
    }
    if hash(row.seq, &row.entry, &row.previous).to_hex().as_str() != row.hash {
        return broken("it was changed after it was written");
    }
    let from = kept.partition_point(|kept| kept.seq < row.seq);
    if kept[from..].iter().take_while(|kept| kept.seq == row.seq).any(|kept| kept.hash != row.hash) {
        return broken("it is not the row whose hash was kept elsewhere: the chain was written anew");
    }
    Ok(Head { seq, hash: row.hash.clone() })
}

/// Every text with its length before it: no two rows make the same bytes.
fn hash(seq: i64, entry: &Entry, previous: &str) -> Hash {
    let Entry { at_ns, actor, source, action, what, before, after, outcome, answers } = entry;
    let mut hasher = Hasher::new();
    for number in [seq, *at_ns, *answers] {
        hasher.update(&number.to_le_bytes());
    }
    for text in [actor, source, action, what, before, after, outcome] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.update(previous.as_bytes());
    hasher.finalize()
}

fn row(row: &AnyRow) -> Result<AuditRow, StoreError> {
    let read = doing("reading a row of the audit");
    let text = |name: &str| row.try_get::<String, _>(name).map_err(&read);
    let number = |name: &str| row.try_get::<i64, _>(name).map_err(&read);
    Ok(AuditRow {
        seq: number("seq")?,
        entry: Entry {
            at_ns: number("at_ns")?,
            actor: text("actor")?,
            source: text("source")?,
            action: text("action")?,
            what: text("what")?,
            before: text("state_before")?,
            after: text("state_after")?,
            outcome: text("outcome")?,
            answers: number("answers")?,
        },
        previous: text("previous")?,
        hash: text("hash")?,
    })
}

#[cfg(test)]
#[path = "tampering.rs"]
mod tampering;
