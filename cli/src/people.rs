//! From the settings to the locks of the door, and to the office where users are changed.

use crate::config;
use crate::exit::Exit;
use anyhow::anyhow;
use bridges::office::Office;
use bridges::{By, DatabasePlace, Locks, PasswordCost, PeopleConfig, PeopleError, RunStrategy, TlsFiles};
use engine_core::config::{Config, Strategy, Users};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// The database in the folder, where it is a file.
const FILE: &str = "people.db";

/// What stands between the door and whoever knocks.
pub(crate) fn locks(config: &Config) -> Result<Locks, Exit> {
    let tls = config.bridge.tls.clone().map(|(certificates, key)| TlsFiles { certificates, key });
    let people = config.users.enabled.then(|| people(&config.users)).transpose()?;
    Ok(Locks { people, tls, hosts: config.bridge.hosts.clone() })
}

/// A strategy and whose it is, as the bridge knows them.
pub(crate) fn listed(strategy: &Strategy) -> RunStrategy {
    RunStrategy { name: strategy.name.clone(), owner: strategy.owner.clone() }
}

/// Where the database of users is, if there are any.
pub(crate) fn database(config: &Config) -> Result<Option<DatabasePlace>, Exit> {
    // Without a door nobody comes in, and the database is not opened.
    let has_users = config.users.enabled && config.bridge.enabled;
    has_users.then(|| place(&config.users)).transpose()
}

fn place(users: &Users) -> Result<DatabasePlace, Exit> {
    match &users.url_variable {
        None => Ok(DatabasePlace::File(users.folder.join(FILE))),
        Some(name) => {
            let missing = |_| Exit::Usage(format!("users.url_variable: the environment has no text in {name}"));
            Ok(DatabasePlace::Url(std::env::var(name).map_err(missing)?))
        }
    }
}

fn people(users: &Users) -> Result<PeopleConfig, Exit> {
    Ok(PeopleConfig {
        place: place(users)?,
        folder: users.folder.clone(),
        password: PasswordCost { memory_kib: users.password_memory_kib, passes: users.password_passes },
        session: users.session,
        rate_per_s: users.requests_per_s,
        burst: users.requests_burst,
    })
}

/// Opens the office of the engine that has these settings, does something there, and closes it.
pub(crate) fn at_office<T>(
    file: Option<&Path>,
    deed: impl FnOnce(&Office) -> Result<T, PeopleError>,
) -> Result<T, Exit> {
    let config = config::read_listening(file)?;
    if !config.users.enabled {
        let which =
            file.map_or_else(|| "without --config there".to_owned(), |file| format!("in {} there", file.display()));
        return Err(Exit::Usage(format!("{which} are no users: set [users] mode = \"database\"")));
    }
    let uid = std::fs::metadata("/proc/self").map_or_else(|_| "?".to_owned(), |ours| ours.uid().to_string());
    let by = By { actor: format!("uid:{uid}"), source: format!("cli:{}", std::process::id()) };
    let office = Office::open(&people(&config.users)?, by).map_err(exit)?;
    let done = deed(&office);
    office.close().map_err(exit)?;
    done.map_err(exit)
}

/// Which end of a call that is.
fn exit(error: PeopleError) -> Exit {
    match error {
        PeopleError::Name { .. } | PeopleError::Password | PeopleError::Networks { .. } | PeopleError::Cost { .. } => {
            Exit::Usage(error.to_string())
        }
        PeopleError::RoleTooHigh { .. } | PeopleError::LastAdmin { .. } | PeopleError::TooManyTokens { .. } => {
            Exit::Refused(error.to_string())
        }
        error => Exit::Failed(anyhow!(error)),
    }
}
