//! `audit`: what was asked, by whom, what came of it, and whether that record is whole.

use crate::args::{Audit, AuditList, Settings};
use crate::exit::Exit;
use crate::output;
use crate::people::at_office;
use crate::time::utc;
use bridges::dto;
use bridges::office::Chain;
use serde_json::json;

/// `audit`.
pub(crate) fn run(args: &Audit) -> Result<(), Exit> {
    match args {
        Audit::Verify(settings) => verify(settings),
        Audit::List(args) => list(args),
    }
}

fn verify(settings: &Settings) -> Result<(), Exit> {
    let chain = at_office(settings.config.as_deref(), bridges::office::Office::verify)?;
    let (told, text) = match &chain {
        Chain::Whole { rows, hash } => (
            json!({ "is_whole": true, "rows": rows, "hash": hash }),
            format!("the audit is whole: {rows} rows, the last one's hash is {hash}\n"),
        ),
        Chain::Broken { seq, why } => {
            (json!({ "is_whole": false, "seq": seq, "why": why }), format!("the audit is broken at row {seq}: {why}\n"))
        }
    };
    if settings.json { output::print_json(&told) } else { output::print(&text) }?;
    if matches!(chain, Chain::Whole { .. }) { Ok(()) } else { Err(Exit::NotHeld) }
}

fn list(args: &AuditList) -> Result<(), Exit> {
    let rows = at_office(args.settings.config.as_deref(), |office| office.audit(args.after, args.limit))?;
    if args.settings.json {
        return output::print_json(&json!({ "rows": rows }));
    }
    output::print(&rows.iter().map(line).collect::<String>())
}

fn line(row: &dto::AuditLine) -> String {
    let dto::AuditLine { seq, at_ns, actor, source, action, what, before, after, outcome, answers, .. } = row;
    let of = if *answers == 0 { String::new() } else { format!(" (of {answers})") };
    let told = [("", what), ("before ", before), ("after ", after)];
    let told: String =
        told.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| format!("  {name}{text}")).collect();
    format!("{seq}  {}  {actor}  {source}  {action}: {outcome}{of}{told}\n", utc(at_ns.unsigned_abs()))
}
