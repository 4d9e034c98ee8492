//! `user`: who may come to the door.
//!
//! Owns: where a password comes from, how users read. Never: a rule about people; the office has them.

use crate::args::{User, UserAdd, UserPassword};
use crate::exit::Exit;
use crate::output;
use crate::people::at_office;
use crate::time::utc;
use anyhow::Context as _;
use bridges::office::Office;
use bridges::{PeopleError, UserChange, dto};
use serde_json::json;
use std::io::BufRead as _;

/// `user`.
pub(crate) fn run(args: &User) -> Result<(), Exit> {
    match args {
        User::Add(args) => add(args),
        User::List(settings) => {
            tell(settings.json, &at_office(settings.config.as_deref(), |office| Ok(office.users()))?)
        }
        User::Disable(args) => {
            change(&args.name, &args.settings, UserChange { is_enabled: Some(false), ..UserChange::default() })
        }
        User::Enable(args) => {
            change(&args.name, &args.settings, UserChange { is_enabled: Some(true), ..UserChange::default() })
        }
        User::Role(args) => {
            change(&args.name, &args.settings, UserChange { role: Some(args.role), ..UserChange::default() })
        }
        User::Password(args) => password(args),
    }
}

fn add(args: &UserAdd) -> Result<(), Exit> {
    let (password, shown) = chosen(args.password_stdin)?;
    let users = at_office(args.settings.config.as_deref(), |office| {
        office.add(&args.name, &password, args.role)?;
        named(office, &args.name)
    })?;
    tell_with(args.settings.json, &users, shown)
}

fn password(args: &UserPassword) -> Result<(), Exit> {
    let (password, shown) = chosen(args.password_stdin)?;
    let users = at_office(args.settings.config.as_deref(), |office| {
        office.change(&args.name, UserChange { password: Some(password), ..UserChange::default() })?;
        named(office, &args.name)
    })?;
    tell_with(args.settings.json, &users, shown)
}

fn change(name: &str, settings: &crate::args::Settings, change: UserChange) -> Result<(), Exit> {
    let users = at_office(settings.config.as_deref(), |office| {
        office.change(name, change)?;
        named(office, name)
    })?;
    tell(settings.json, &users)
}

fn named(office: &Office, name: &str) -> Result<Vec<dto::User>, PeopleError> {
    Ok(office.users().into_iter().filter(|user| user.name == name).collect())
}

/// The password, and whether it is to be shown: nobody knows one that was drawn.
fn chosen(is_read: bool) -> Result<(String, Option<String>), Exit> {
    if is_read {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).context("reading the password from standard input")?;
        return Ok((line.trim_end_matches(['\r', '\n']).to_owned(), None));
    }
    let drawn = Office::draw_password().map_err(|error| Exit::Failed(error.into()))?;
    Ok((drawn.clone(), Some(drawn)))
}

fn tell(is_json: bool, users: &[dto::User]) -> Result<(), Exit> {
    tell_with(is_json, users, None)
}

fn tell_with(is_json: bool, users: &[dto::User], password: Option<String>) -> Result<(), Exit> {
    if is_json {
        return output::print_json(&match password {
            Some(password) => json!({ "users": users, "password": password }),
            None => json!({ "users": users }),
        });
    }
    let line = |user: &dto::User| {
        let state = if user.enabled { "" } else { "  disabled" };
        format!("{}  {}  since {}{state}\n", user.name, user.role, utc(user.created_ns.unsigned_abs()))
    };
    let mut text: String = users.iter().map(line).collect();
    if let Some(password) = password {
        text.push_str(&format!("password: {password}  (shown this once)\n"));
    }
    output::print(&text)
}
