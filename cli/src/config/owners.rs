//! Whose a strategy is: a name that somebody is known by.
//!
//! Owns: which names can be meant. Never: whether there is a user of that name; only the database of users knows, and the run
//! says so where there is none.

use super::{ConfigError, Section};
use engine_core::config::{TelegramUser, Users};

const KEY: &str = "owner";

/// Who can be meant.
pub(super) struct Owners<'a> {
    pub(super) users: &'a Users,
    /// Telegram's people. The same name in both is the same person.
    pub(super) listed: &'a [TelegramUser],
}

impl Owners<'_> {
    /// `None`: nobody is named, so it is the house's.
    pub(super) fn read(&self, section: &Section<'_>, is_desk_of_people: bool) -> Result<Option<String>, ConfigError> {
        if !section.has(KEY) {
            return Ok(None);
        }
        if is_desk_of_people {
            return Err(section.refuse(KEY, "nothing: an order by hand is whose who asks for it"));
        }
        let owner = match (self.users.enabled, self.listed.is_empty()) {
            (true, _) => section.text(KEY, "a user's name: a-z, 0-9, '.', '_' or '-', at most 32", |text| {
                (is_users(text) || self.listed.iter().any(|person| person.name == text)).then(|| text.to_owned())
            })?,
            (false, false) => {
                let names: Vec<_> = self.listed.iter().map(|one| (one.name.as_str(), one.name.as_str())).collect();
                section.choice(KEY, &names)?.to_owned()
            }
            (false, true) => {
                let why = "nothing: there are no users (users.mode) and no [[telegram.user]], so all is the house's";
                return Err(section.refuse(KEY, why));
            }
        };
        if self.listed.iter().filter(|person| person.name == owner).count() > 1 {
            return Err(section.refuse(KEY, "a name that one [[telegram.user]] has alone"));
        }
        Ok(Some(owner))
    }
}

/// Whether a user may have that name.
fn is_users(name: &str) -> bool {
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    (1..=32).contains(&name.len()) && name.chars().all(is_name)
}

#[cfg(test)]
mod tests {
    use super::super::{Purpose, Source, read_over};

    /// Of one strategy, in a file that begins like that.
    fn owner(head: &str, name: &str, owner: &str) -> Result<Option<String>, String> {
        let text = format!("{head}\n[[strategy]]\nname = \"{name}\"\ninstruments = [\"okx:BTC-USDT-SWAP\"]\n{owner}");
        let config = read_over([Source { name: "my.toml".into(), text }], Purpose::Trade);
        config.map(|mut config| config.strategies.remove(0).owner).map_err(|error| error.to_string())
    }

    #[test]
    fn an_owner_is_somebody_who_can_be_known() {
        let (users, ann) =
            ("[users]\nmode = \"database\"", "[[telegram.user]]\nname = \"Ann\"\nid = 7\nrole = \"trader\"");
        let of = |head: &str, name: &str| owner(head, "rsi_macd", &format!("owner = \"{name}\""));
        assert_eq!(owner(users, "rsi_macd", ""), Ok(None), "the house's");
        assert_eq!(of(users, "ada"), Ok(Some("ada".to_owned())), "whether there is such a user the run says");
        assert_eq!(of(&format!("{users}\n{ann}"), "Ann"), Ok(Some("Ann".to_owned())));
        assert_eq!(of(ann, "Ann"), Ok(Some("Ann".to_owned())));
        for (head, name, why) in [
            (users, "Ada!", "found \"Ada!\", accepted: a user's name: a-z"),
            ("", "ada", "accepted: nothing: there are no users (users.mode)"),
            (ann, "Anm", "did you mean `Ann`?"),
            (&format!("{ann}\n{}", ann.replace('7', "8")), "Ann", "a name that one [[telegram.user]] has alone"),
        ] {
            let told = of(head, name).expect_err(why);
            assert!(told.contains("strategy.rsi_macd.owner: ") && told.contains(why), "{told}");
        }
        let told = owner(users, "manual", "owner = \"ada\"").expect_err("everybody's");
        assert!(told.contains("an order by hand is whose who asks for it"), "{told}");
    }
}
