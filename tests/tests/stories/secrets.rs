//! Where a secret could stand, and in which shapes; and a look for many of them through all that a run has left.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Something that was said or written, and where.
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Place {
    pub(crate) fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

/// As it is, in hex, as a part of a URL, and in base64.
pub(crate) fn shapes(secret: &str) -> Vec<Vec<u8>> {
    let (mut hex, mut url) = (String::new(), String::new());
    for byte in secret.bytes() {
        let _ = write!(hex, "{byte:02x}");
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
    // Where it begins in a longer text is not known; of three beginnings the letters that hang on it alone.
    let coded = (0..3).map(|skip| {
        let text = base64(&[&vec![b'x'; skip], secret.as_bytes()].concat());
        text[(skip * 8).div_ceil(6)..text.len() - text.len() % 4 - 2].to_owned()
    });
    let mut shapes: Vec<Vec<u8>> = coded.map(String::into_bytes).collect();
    shapes.extend([secret.to_owned(), hex.clone(), hex.to_uppercase(), url].map(String::into_bytes));
    shapes
}

/// Secrets in all their shapes, looked for in one pass: a log at its most talkative is long.
pub(crate) struct Secrets {
    shapes: Vec<(&'static str, Vec<u8>)>,
    /// By its first two bytes: whether a shape begins so.
    begins: Vec<bool>,
}

impl Secrets {
    pub(crate) fn new(secrets: &[(&'static str, String)]) -> Self {
        let of = |(what, secret): &(&'static str, String)| {
            assert!(secret.len() >= 8, "{what} is too short to be looked for");
            let what = *what;
            shapes(secret).into_iter().map(move |shape| (what, shape))
        };
        let shapes: Vec<_> = secrets.iter().flat_map(of).collect();
        let mut begins = vec![false; 1 << 16];
        shapes.iter().for_each(|(_, shape)| begins[usize::from(shape[0]) << 8 | usize::from(shape[1])] = true);
        Self { shapes, begins }
    }

    /// What stands where it should not, a line each.
    pub(crate) fn found_in(&self, places: &[Place]) -> Vec<String> {
        let line = |place: &Place| {
            let name = place.name.clone();
            self.named_in(&place.bytes).into_iter().map(move |what| format!("{what} in {name}"))
        };
        places.iter().flat_map(line).collect()
    }

    /// What is in these bytes, each once.
    fn named_in(&self, bytes: &[u8]) -> BTreeSet<&'static str> {
        let (mut found, mut two) = (BTreeSet::new(), 0);
        for (place, byte) in bytes.iter().enumerate() {
            two = (two << 8 | usize::from(*byte)) & 0xffff;
            if self.begins[two] && place > 0 {
                let rest = &bytes[place - 1..];
                found.extend(self.shapes.iter().filter(|(_, shape)| rest.starts_with(shape)).map(|(what, _)| *what));
            }
        }
        found
    }
}

/// Without padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        (0..=three.len()).for_each(|place| text.push(char::from(LETTERS[(bits >> (18 - 6 * place) & 63) as usize])));
    }
    text
}

#[test]
fn the_shapes_of_a_secret_are_those_in_which_it_could_stand_somewhere() {
    assert_eq!((base64(b"any carnal pleas"), base64(b"Ma")), ("YW55IGNhcm5hbCBwbGVhcw".to_owned(), "TWE".to_owned()));
    let known = Secrets::new(&[("it", "pa ss/word".to_owned())]);
    let is_in = |text: &str| !known.found_in(&[Place::new("here", text)]).is_empty();
    for text in ["xpa ss/wordx", "p=pa%20ss%2Fword", "70612073732f776f7264", "70612073732F776F7264"] {
        assert!(is_in(text), "{text}");
    }
    for before in ["", "a", "ab", "abc"] {
        assert!(is_in(&base64(format!("{before}pa ss/word, and more").as_bytes())), "behind {before}");
    }
    assert!(!is_in("pass/word") && !is_in("706120737"));
}
