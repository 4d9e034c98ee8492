//! `key`: what programs show at the door.

use crate::args::{Key, KeyCreate};
use crate::exit::Exit;
use crate::output;
use crate::people::at_office;
use crate::time::utc;
use bridges::{KeyWish, dto};
use serde_json::json;

/// `key`.
pub(crate) fn run(args: &Key) -> Result<(), Exit> {
    match args {
        Key::Create(args) => create(args),
        Key::List(args) => {
            let keys = at_office(args.settings.config.as_deref(), |office| office.keys(&args.user))?;
            if args.settings.json {
                return output::print_json(&json!({ "keys": keys }));
            }
            output::print(&keys.iter().map(line).collect::<String>())
        }
        Key::Revoke(args) => {
            at_office(args.settings.config.as_deref(), |office| office.revoke_key(&args.id))?;
            if args.settings.json {
                return output::print_json(&json!({ "revoked": args.id }));
            }
            output::print(&format!("{} is revoked\n", args.id))
        }
    }
}

fn create(args: &KeyCreate) -> Result<(), Exit> {
    let wish =
        KeyWish { name: args.name.clone(), role: args.role, holds: args.for_, addresses: args.address.join(",") };
    let made = at_office(args.settings.config.as_deref(), |office| office.add_key(&args.user, &wish))?;
    if args.settings.json {
        return output::print_json(&made);
    }
    output::print(&format!("{}key: {}  (shown this once)\n", line(&made.about), made.key))
}

fn line(key: &dto::Key) -> String {
    let until =
        key.expires_ns.map_or_else(|| "until revoked".to_owned(), |at| format!("until {}", utc(at.unsigned_abs())));
    let from = if key.addresses.is_empty() { String::new() } else { format!("  from {}", key.addresses.join(", ")) };
    format!("{}  {}  {until}{from}  {}\n", key.id, key.role, key.name)
}
