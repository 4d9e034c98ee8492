//! What a script says of itself, and how it becomes a row like those of the catalogue.

use crate::desk::Shared;
use crate::indicators::Indicators;
use crate::sandbox::{self, told};
use crate::script::{Call, Script};
use engine_core::strategy::bars::FRAMES_MAX;
use engine_core::strategy::params::{Given, Param, ParamFault};
use engine_core::strategy::play::{Entry, Need, Play};
use engine_model::units::Nanos;
use rhai::{AST, Array, Dynamic, INT, ImmutableString, Map, Scope};
use std::path::Path;
use std::sync::Arc;

/// Longest script, in bytes.
const SCRIPT_MAX: u64 = 65_536;
/// Most parameters.
const PARAMS_MAX: usize = 32;

/// Why a script is no strategy.
#[derive(Debug, thiserror::Error)]
pub enum ScriptFault {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Unread {
        /// Where it was looked for.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is no text of a script, or what it says of itself is not right.
    #[error("{path}: {what}")]
    Wrong {
        /// Where it stands.
        path: String,
        /// What is wrong, and what is wanted.
        what: String,
    },
}

/// What all strategies of one script share.
pub(crate) struct Declared {
    pub(crate) ast: AST,
    pub(crate) frames: Vec<Length>,
    pub(crate) every: Option<Length>,
    pub(crate) params: &'static [Param],
    /// Which of the calls it has.
    pub(crate) has: [bool; Call::ALL.len()],
    /// What it asks for or listens to beside prices.
    pub(crate) needs: Vec<Need>,
}

/// What a script calls or compares with, and what it lives on then.
const NEEDS: [(&str, Need); 8] = [
    ("bid_qty(", Need::Depth),
    ("ask_qty(", Need::Depth),
    ("imbalance_bps(", Need::Depth),
    ("\"funding\"", Need::Funding),
    ("\"liquidation\"", Need::Liquidations),
    ("\"mark\"", Need::Derivatives),
    ("\"index\"", Need::Derivatives),
    ("\"open_interest\"", Need::Derivatives),
];

/// What a script's text lives on: a word that stands in a comment is no need.
fn needs(text: &str) -> Vec<Need> {
    let bare: String = uncommented(text).chars().filter(|c| !c.is_whitespace()).collect();
    let mut needs = Vec::new();
    for (word, need) in NEEDS {
        if bare.contains(word) && !needs.contains(&need) {
            needs.push(need);
        }
    }
    needs
}

/// The text without `// …` and `/* … */`, which may stand in each other.
fn uncommented(text: &str) -> String {
    let (mut bare, mut depth, mut rest) = (String::with_capacity(text.len()), 0_u32, text);
    while let Some(next) = rest.chars().next() {
        let step = match depth {
            0 if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => {
                depth += 1;
                2
            }
            1.. if rest.starts_with("*/") => {
                depth -= 1;
                2
            }
            0 => {
                bare.push(next);
                next.len_utf8()
            }
            _ => next.len_utf8(),
        };
        rest = &rest[step..];
    }
    bare
}

/// Longest time that a script may name: a year. What is longer is that long, and none is none: a script sets the range of
/// its parameters itself.
const LONGEST_MS: u64 = 366 * 24 * 3_600_000;

/// A time: fixed, or one of its parameters.
#[derive(Clone, Copy)]
pub(crate) enum Length {
    Fixed(u64),
    Param(usize),
}

impl Length {
    pub(crate) fn ns(self, values: &[i64]) -> u64 {
        match self {
            Self::Fixed(ms) => ms.clamp(1, LONGEST_MS) * Nanos::MILLI,
            Self::Param(at) => values[at].unsigned_abs().clamp(1, LONGEST_MS) * Nanos::MILLI,
        }
    }
}

/// Reads a script: a file with a function `about` and the calls that it answers. Its row lives as long as the process, as
/// those of the catalogue do.
///
/// # Errors Names the file, the line and what is wanted there.
pub fn load(path: &Path) -> Result<&'static Entry, ScriptFault> {
    let name = path.display().to_string();
    let unread = |source| ScriptFault::Unread { path: name.clone(), source };
    let length = std::fs::metadata(path).map_err(unread)?.len();
    let wrong = |what: String| ScriptFault::Wrong { path: name.clone(), what };
    if length > SCRIPT_MAX {
        return Err(wrong(format!("{length} bytes, a script has at most {SCRIPT_MAX}")));
    }
    let text = std::fs::read_to_string(path).map_err(unread)?;
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("script");
    entry(stem, &text).map_err(wrong)
}

/// The row of a script's text.
pub(crate) fn entry(name: &str, text: &str) -> Result<&'static Entry, String> {
    let mut engine = sandbox::engine();
    // So that what it calls is known; nothing is seen, and nothing that it wishes for here is carried out.
    Shared::default().register(&mut engine);
    Indicators::new(0, 0).register(&mut engine);
    let ast = engine.compile(text).map_err(|error| error.to_string())?;
    let has = Call::ALL.map(|call| {
        ast.iter_functions().any(|function| function.name == call.name() && function.params.len() == call.args())
    });
    let about = engine.call_fn::<Map>(&mut Scope::new(), &ast, "about", ());
    let about = about.map_err(|error| format!("`about` must be a function that gives a map: {error}"))?;
    let mut about = About(about);
    let params: &'static [Param] = Vec::leak(about.params()?);
    let (frames, every, needs) = (about.frames(params)?, about.every(params)?, needs(text));
    let declared = Declared { ast, frames, every, params, has, needs };
    let entry = Entry {
        name: String::leak(name.to_owned()),
        idea: String::leak(about.text("idea")?),
        risks: String::leak(about.text("risks")?),
        params,
        instruments: about.instruments()?,
        is_fixed: false,
        make: Box::leak(Box::new(maker(Arc::new(declared)))),
    };
    about.finish()?;
    Ok(Box::leak(Box::new(entry)))
}

fn maker(declared: Arc<Declared>) -> impl Fn(&Given<'_>) -> Result<Box<dyn Play>, ParamFault> + Send + Sync {
    move |given| {
        let script = Script::new(Arc::clone(&declared), given);
        match script.fault() {
            Some(fault) => Err(ParamFault::Broken(fault.to_owned())),
            None if script.frames_ns().is_sorted_by(|a, b| a < b) => Ok(Box::new(script)),
            None => Err(ParamFault::Relation("the lengths of its bars must stand shortest first")),
        }
    }
}

/// The map that `about` gives; what was read is taken out, so that what is left was not meant by anybody.
struct About(Map);

impl About {
    fn text(&mut self, key: &str) -> Result<String, String> {
        let value = self.0.remove(key).and_then(|value| value.try_cast::<ImmutableString>());
        let text = value.map(|text| told(&text)).filter(|text| text.len() > 10);
        text.ok_or_else(|| format!("about().{key}: must be a sentence"))
    }

    fn params(&mut self) -> Result<Vec<Param>, String> {
        let Some(list) = self.0.remove("params") else { return Ok(Vec::new()) };
        let list = list.try_cast::<Array>().ok_or("about().params: must be a list of maps")?;
        if list.len() > PARAMS_MAX {
            return Err(format!("about().params: {} of them, at most {PARAMS_MAX}", list.len()));
        }
        let params = list.into_iter().map(param).collect::<Result<Vec<_>, _>>()?;
        let twice =
            params.iter().enumerate().find(|(at, one)| params[..*at].iter().any(|other| other.name == one.name));
        twice.map_or(Ok(()), |(_, one)| Err(format!("about().params: `{}` stands twice", one.name)))?;
        Ok(params)
    }

    fn frames(&mut self, params: &[Param]) -> Result<Vec<Length>, String> {
        let Some(list) = self.0.remove("bars") else { return Ok(Vec::new()) };
        let list = list.try_cast::<Array>().filter(|list| list.len() <= FRAMES_MAX);
        let list = list.ok_or_else(|| format!("about().bars: must be a list of at most {FRAMES_MAX} lengths"))?;
        list.into_iter().map(|value| length("bars", value, params)).collect()
    }

    fn every(&mut self, params: &[Param]) -> Result<Option<Length>, String> {
        self.0.remove("every_ms").map(|value| length("every_ms", value, params)).transpose()
    }

    fn instruments(&mut self) -> Result<(usize, usize), String> {
        let Some(value) = self.0.remove("instruments") else { return Ok((1, usize::MAX)) };
        let count = value.as_int().ok().and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0);
        count.map(|count| (count, count)).ok_or_else(|| "about().instruments: must be a whole number from 1".to_owned())
    }

    fn finish(self) -> Result<(), String> {
        match self.0.keys().next() {
            Some(key) => {
                Err(format!("about().{key}: unknown; known are idea, risks, params, bars, every_ms, instruments"))
            }
            None => Ok(()),
        }
    }
}

fn param(value: Dynamic) -> Result<Param, String> {
    let mut map = value.try_cast::<Map>().ok_or("about().params: each must be a map")?;
    let text = |key: &str| {
        let text = map.get(key).and_then(|value| value.clone().try_cast::<ImmutableString>());
        text.ok_or_else(|| format!("about().params: each needs a text `{key}`"))
    };
    let (name, why) = (text("name")?, text("why")?);
    let mut whole = |key: &str| {
        let number = map.remove(key).and_then(|value| value.as_int().ok());
        number.ok_or_else(|| format!("about().params.{name}: needs a whole number `{key}`"))
    };
    let (default, min, max): (INT, INT, INT) = (whole("value")?, whole("min")?, whole("max")?);
    if !(min..=max).contains(&default) {
        return Err(format!("about().params.{name}: value {default}, must be {min} to {max}"));
    }
    Ok(Param { name: String::leak(name.to_string()), default, min, max, why: String::leak(told(&why)) })
}

/// Milliseconds, or the name of a parameter that is so many.
fn length(key: &str, value: Dynamic, params: &[Param]) -> Result<Length, String> {
    let wrong = || format!("about().{key}: must be whole milliseconds from 10, or the name of a parameter that is");
    if let Ok(ms) = value.as_int() {
        return u64::try_from(ms).ok().filter(|ms| *ms >= 10).map(Length::Fixed).ok_or_else(wrong);
    }
    let name = value.try_cast::<ImmutableString>().ok_or_else(wrong)?;
    let at = params.iter().position(|param| param.name == name.as_str() && param.min >= 10);
    at.map(Length::Param).ok_or_else(wrong)
}
