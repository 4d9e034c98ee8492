//! Settings as they were written: TOML tables laid over each other, each value with its file and line.
//!
//! Owns: which layer a value comes from, exactness of numbers, refusal of keys that nobody asked for.
//! Never: knows what a setting means; that is the parent module.
//!
//! A typed file format was tried and left: it can point at a line, but it cannot say what is accepted there, and a
//! decimal would pass through a float.

use super::error::{ConfigError, nearest};
use std::cell::RefCell;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One file.
pub(crate) struct Source {
    /// As it is named in messages.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

impl Source {
    /// Its tables, or where its grammar ends.
    pub(crate) fn parse(&self) -> Result<Spanned<DeTable<'_>>, ConfigError> {
        DeTable::parse(&self.text).map_err(|error| {
            let twice = error.span().filter(|_| error.message().starts_with("duplicate key"));
            let (found, accepted) = match twice {
                Some(_) => ("the key a second time".to_owned(), "each key once"),
                None => (format!("no TOML: {}", error.message().trim().replace('\n', ", ")), "TOML 1.1"),
            };
            ConfigError {
                file: self.name.clone(),
                line: error.span().map(|span| self.line(span.start)),
                key: twice.map(|span| self.path_at(span).into()),
                found,
                accepted: accepted.into(),
                meant: None,
            }
        })
    }

    /// The key at that place, below the head of its table.
    fn path_at(&self, span: std::ops::Range<usize>) -> String {
        let before = self.text.get(..span.start).unwrap_or_default();
        let key = self.text.get(span).unwrap_or_default().trim_matches(['"', '\'']);
        let mut lines = before.lines().rev().map(str::trim_start);
        let is_head = !before.ends_with('\n') && lines.clone().next().is_some_and(|line| line.starts_with('['));
        let head = if is_head { lines.next() } else { lines.find(|line| line.starts_with('[')) };
        let head = head.unwrap_or_default().trim_start_matches('[');
        match head.split([']', '#']).next().unwrap_or_default().trim().trim_end_matches('.') {
            "" => key.to_owned(),
            head => format!("{head}.{key}"),
        }
    }

    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }
}

type Table<'a> = &'a DeTable<'a>;
type Value<'a> = &'a Spanned<DeValue<'a>>;

/// A table of settings, seen through all layers: the first that has a key decides.
pub(crate) struct Section<'a> {
    path: String,
    layers: Vec<(&'a Source, usize, Table<'a>)>,
    asked: RefCell<Vec<String>>,
}

impl<'a> Section<'a> {
    /// The top of the files, the one that decides first.
    pub(crate) fn root(layers: impl IntoIterator<Item = (&'a Source, Table<'a>)>) -> Self {
        let layers = layers.into_iter().map(|(source, table)| (source, 0, table)).collect();
        Self { path: String::new(), layers, asked: RefCell::default() }
    }

    /// The table of that name.
    pub(crate) fn section(&self, key: &str) -> Result<Self, ConfigError> {
        let mut layers = Vec::new();
        for (source, at, value) in self.all(key) {
            let table = value.get_ref().as_table();
            let table = table.ok_or_else(|| self.refuse_at(source, at, key, shown(source, value), "a table"))?;
            layers.push((source, at, table));
        }
        Ok(Self { path: self.path_of(key), layers, asked: RefCell::default() })
    }

    /// The tables of a list. The first layer that has the list decides which there are; what one of them leaves out is
    /// taken from the entries of the same `name` below.
    pub(crate) fn entries(&self, key: &str) -> Result<Vec<Self>, ConfigError> {
        let mut lists = Vec::new();
        for (source, at, value) in self.all(key) {
            let refuse = |at, value| self.refuse_at(source, at, key, shown(source, value), "tables, [[ ]]");
            let items = value.get_ref().as_array().ok_or_else(|| refuse(at, value))?;
            let mut tables = Vec::new();
            for item in items.iter() {
                let table = item.get_ref().as_table().ok_or_else(|| refuse(item.span().start, item))?;
                tables.push((source, item.span().start, table));
            }
            lists.push(tables);
        }
        let Some((first, below)) = lists.split_first() else { return Ok(Vec::new()) };
        let entry = |top: &(&'a Source, usize, Table<'a>)| {
            let inherited = below.iter().flatten().filter(|(_, _, table)| name_of(table) == name_of(top.2));
            let layers = std::iter::once(top).chain(inherited).copied().collect();
            let path = format!("{}.{}", self.path_of(key), name_of(top.2).unwrap_or("?"));
            Self { path, layers, asked: RefCell::default() }
        };
        Ok(first.iter().map(entry).collect())
    }

    /// A whole number within bounds. `unit` completes "a whole number of".
    pub(crate) fn integer<T>(&self, key: &str, range: RangeInclusive<T>, unit: &str) -> Result<T, ConfigError>
    where
        T: TryFrom<i128> + PartialOrd + std::fmt::Display,
    {
        let accepted = || format!("a whole number of {unit}, {} to {}", range.start(), range.end());
        self.read(key, accepted, |value| {
            let number = T::try_from(whole(value)?).ok()?;
            range.contains(&number).then_some(number)
        })
    }

    /// A whole number within bounds, or a word that stands for none.
    pub(crate) fn integer_or<T>(
        &self,
        key: &str,
        word: &str,
        range: RangeInclusive<T>,
        unit: &str,
    ) -> Result<Option<T>, ConfigError>
    where
        T: TryFrom<i128> + PartialOrd + std::fmt::Display,
    {
        let accepted = || format!("a whole number of {unit}, {} to {}, or \"{word}\"", range.start(), range.end());
        self.read(key, accepted, |value| {
            if value.as_str() == Some(word) {
                return Some(None);
            }
            let number = T::try_from(whole(value)?).ok()?;
            range.contains(&number).then_some(Some(number))
        })
    }

    /// A decimal in units of 10^-`decimals`, read from its digits: no float is ever made of it.
    pub(crate) fn decimal(
        &self,
        key: &str,
        decimals: u32,
        range: RangeInclusive<i64>,
        unit: &str,
    ) -> Result<i64, ConfigError> {
        let accepted = || decimals_accepted(decimals, &range, unit);
        self.read(key, accepted, |value| units(value, decimals).filter(|units| range.contains(units)))
    }

    /// The same, or a word that stands for none.
    pub(crate) fn decimal_or(
        &self,
        key: &str,
        word: &str,
        decimals: u32,
        range: RangeInclusive<i64>,
        unit: &str,
    ) -> Result<Option<i64>, ConfigError> {
        let accepted = || format!("{}, or \"{word}\"", decimals_accepted(decimals, &range, unit));
        self.read(key, accepted, |value| match value.as_str() == Some(word) {
            true => Some(None),
            false => units(value, decimals).filter(|units| range.contains(units)).map(Some),
        })
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Result<T, ConfigError> {
        let listed = || words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let chosen = self.read(
            key,
            || format!("one of {}", listed()),
            |value| {
                let text = value.as_str()?;
                words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning)
            },
        );
        chosen.map_err(|mut error| {
            error.meant = nearest(error.found.trim_matches('"'), words.iter().map(|(word, _)| *word)).map(Box::from);
            error
        })
    }

    /// Yes or no.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, ConfigError> {
        self.read(key, || "true or false".into(), DeValue::as_bool)
    }

    /// A text that `meaning` can make something of.
    pub(crate) fn text<T>(
        &self,
        key: &str,
        accepted: &str,
        meaning: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        self.read(key, || accepted.into(), |value| meaning(value.as_str()?))
    }

    /// A list of texts, at least one, none of them twice. The message names the first that does not do.
    pub(crate) fn texts<T>(
        &self,
        key: &str,
        accepted: &str,
        meaning: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, ConfigError> {
        let (source, at, value) = self.one(key, || format!("a list of {accepted}"))?;
        let list = value.get_ref().as_array().filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| {
            self.refuse_at(source, at, key, shown(source, value), &format!("a list of {accepted}, at least one"))
        })?;
        let mut before: Vec<&str> = Vec::new();
        let mut item = |item: Value<'a>| {
            let text = item.get_ref().as_str().unwrap_or_default();
            if before.contains(&text) {
                let (at, found) = (item.span().start, format!("{} a second time", shown(source, item)));
                return Err(self.refuse_at(source, at, key, found, "each once"));
            }
            before.push(text);
            let read = item.get_ref().as_str().and_then(&meaning);
            read.ok_or_else(|| self.refuse_at(source, item.span().start, key, shown(source, item), accepted))
        };
        list.iter().map(&mut item).collect()
    }

    /// A list of texts, none of them twice; or a word that stands for an empty one.
    pub(crate) fn texts_or<T>(
        &self,
        key: &str,
        word: &str,
        accepted: &str,
        meaning: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, ConfigError> {
        let (_, _, value) = self.one(key, || format!("a list of {accepted}, or \"{word}\""))?;
        match value.get_ref().as_str() == Some(word) {
            true => Ok(Vec::new()),
            false => self.texts(key, accepted, meaning),
        }
    }

    /// A list of words out of a few, at least one, none of them twice; or a word that stands for no list.
    pub(crate) fn choices_or(
        &self,
        key: &str,
        word: &str,
        words: &[&'static str],
    ) -> Result<Option<Vec<&'static str>>, ConfigError> {
        let listed = words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let (_, _, value) = self.one(key, || format!("a list of {listed}, or \"{word}\""))?;
        if value.get_ref().as_str() == Some(word) {
            return Ok(None);
        }
        let chosen = self.texts(key, &listed, |text| words.iter().find(|known| **known == text).copied());
        chosen.map(Some).map_err(|mut error| {
            error.meant = nearest(error.found.trim_matches('"'), words.iter().copied()).map(Box::from);
            error
        })
    }

    /// Whether any layer has the key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.all(key).next().is_some()
    }

    /// Whether what decides on a key stands in a layer below the first.
    pub(crate) fn is_inherited(&self, key: &str) -> bool {
        self.layers.first().is_some_and(|(_, _, table)| table.get(key).is_none()) && self.all(key).next().is_some()
    }

    /// Says that the first layer needs a key of its own.
    pub(crate) fn demand(&self, key: &str, accepted: &str) -> ConfigError {
        self.missing(key, accepted.into())
    }

    /// Refuses every key, in any layer, that was not asked for.
    pub(crate) fn finish(&self) -> Result<(), ConfigError> {
        let asked = self.asked.borrow();
        for (source, _, table) in &self.layers {
            let strangers = table.keys().filter(|key| !asked.iter().any(|known| *known == key.get_ref().as_ref()));
            // The table is sorted by key; the reader of the file expects the first line.
            if let Some(stranger) = strangers.min_by_key(|key| key.span().start) {
                let name = stranger.get_ref().as_ref();
                let meant = nearest(name, asked.iter().map(String::as_str)).map(Box::from);
                let accepted = asked.join(", ");
                let error = self.refuse_at(source, stranger.span().start, name, "an unknown key".into(), &accepted);
                return Err(ConfigError { meant, ..error });
            }
        }
        Ok(())
    }

    /// A value that is well formed and yet cannot be: points at where it stands.
    pub(crate) fn refuse(&self, key: &str, accepted: &str) -> ConfigError {
        match self.all(key).next() {
            Some((source, at, value)) => self.refuse_at(source, at, key, shown(source, value), accepted),
            None => self.missing(key, accepted.into()),
        }
    }

    fn read<T>(
        &self,
        key: &str,
        accepted: impl Fn() -> String,
        meaning: impl Fn(&'a DeValue<'a>) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let (source, at, value) = self.one(key, &accepted)?;
        meaning(value.get_ref()).ok_or_else(|| self.refuse_at(source, at, key, shown(source, value), &accepted()))
    }

    fn one(&self, key: &str, accepted: impl Fn() -> String) -> Result<(&'a Source, usize, Value<'a>), ConfigError> {
        self.all(key).next().ok_or_else(|| self.missing(key, accepted()))
    }

    /// The key's values, deciding layer first, each with the place of the value.
    fn all(&self, key: &str) -> impl Iterator<Item = (&'a Source, usize, Value<'a>)> {
        if !self.asked.borrow().iter().any(|known| known == key) {
            self.asked.borrow_mut().push(key.to_owned());
        }
        self.layers.iter().filter_map(move |(source, _, table)| {
            let value = table.get(key)?;
            Some((*source, value.span().start, value))
        })
    }

    fn missing(&self, key: &str, accepted: String) -> ConfigError {
        let (file, line) = match self.layers.first() {
            Some((source, at, _)) => (source.name.clone(), Some(source.line(*at))),
            None => ("config/base.toml".into(), None),
        };
        ConfigError { file, line, key: Some(self.path_of(key).into()), found: "nothing".into(), accepted, meant: None }
    }

    /// Points at a value; or, where it stands in a file below, at the table of the file above that it does not go with: the
    /// one who is told has written that.
    fn refuse_at(&self, source: &Source, at: usize, key: &str, found: String, accepted: &str) -> ConfigError {
        let (source, at, found) = match self.layers.first() {
            Some((top, head, _)) if top.name != source.name => (*top, *head, format!("{found} of {}", source.name)),
            _ => (source, at, found),
        };
        ConfigError {
            file: source.name.clone(),
            line: Some(source.line(at)),
            key: Some(self.path_of(key).into()),
            found,
            accepted: accepted.into(),
            meant: None,
        }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

fn name_of<'a>(table: Table<'a>) -> Option<&'a str> {
    table.get("name").and_then(|value| value.get_ref().as_str())
}

fn decimals_accepted(decimals: u32, range: &RangeInclusive<i64>, unit: &str) -> String {
    let one = 10i64.pow(decimals);
    let (low, high) = (range.start() / one, range.end() / one);
    format!("a number of {unit}, {low} to {high}, at most {decimals} decimals")
}

fn units(value: &DeValue<'_>, decimals: u32) -> Option<i64> {
    let text = match value {
        DeValue::Float(float) => float.as_str().to_owned(),
        DeValue::Integer(_) => whole(value)?.to_string(),
        _ => return None,
    };
    scaled(&text, decimals)
}

fn whole(value: &DeValue<'_>) -> Option<i128> {
    let integer = value.as_integer()?;
    i128::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// A value as it stands in its file, cut where it gets long.
fn shown(source: &Source, value: Value<'_>) -> String {
    let text = source.text.get(value.span()).unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let kept: String = first.chars().take(60).collect();
    if kept.len() < text.len() { format!("{kept}…") } else { kept }
}

/// `text` in units of 10^-`decimals`; `None` for exponents, further decimals and what does not fit.
pub(super) fn scaled(text: &str, decimals: u32) -> Option<i64> {
    let text = text.replace('_', "");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let is_plain = !whole.is_empty() && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    if !is_plain || fraction.len() > decimals as usize {
        return None;
    }
    let units: i64 = format!("{whole}{fraction:0<width$}", width = decimals as usize).parse().ok()?;
    Some(if negative { -units } else { units })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_from_their_digits() {
        assert_eq!(scaled("4.5", 2), Some(450));
        assert_eq!(scaled("-0.05", 2), Some(-5));
        assert_eq!(scaled("1_000.10", 2), Some(100_010));
        assert_eq!(scaled("7", 0), Some(7));
        for bad in ["1e3", "inf", "nan", "0.001", "", "-", "99999999999999999999"] {
            assert_eq!(scaled(bad, 2), None, "{bad}");
        }
    }
}
