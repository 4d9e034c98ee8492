//! Rust as the rules see it: each line split in code, its literals emptied, and comment; and whether it is test code.
//!
//! A scanner, not a parser: it knows comments, literals and braces, which is all that the rules need, and a parser
//! would cost more to build than everything it checks.

/// One line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// Code; the contents of string and character literals are left out.
    pub(crate) code: String,
    /// The text of comments.
    pub(crate) comment: String,
    /// Whether it belongs to an item under `#[cfg(test)]`.
    pub(crate) is_test: bool,
    /// Whether it belongs to an item that is kept from rustfmt.
    pub(crate) is_table: bool,
}

/// Where the scanner is.
#[derive(Clone, Copy)]
enum State {
    Code,
    LineComment,
    BlockComment(usize),
    Text,
    RawText(usize),
}

/// All lines of a file.
pub(crate) fn scan(text: &str) -> Vec<Line> {
    let chars: Vec<char> = text.chars().collect();
    let mut lines = vec![Line::default()];
    let mut state = State::Code;
    let mut at = 0;
    while let Some(&letter) = chars.get(at) {
        if letter == '\n' {
            if matches!(state, State::LineComment) {
                state = State::Code;
            }
            lines.push(Line::default());
            at += 1;
            continue;
        }
        if let Some(line) = lines.last_mut() {
            (state, at) = step(state, &chars, at, line);
        }
    }
    mark(&mut lines, "#[cfg(test)]", |line| line.is_test = true);
    mark(&mut lines, "#[rustfmt::skip]", |line| line.is_table = true);
    lines
}

/// One letter, or a group that belongs together.
fn step(state: State, chars: &[char], at: usize, line: &mut Line) -> (State, usize) {
    let rest = &chars[at..];
    match state {
        State::Code => step_code(chars, at, line),
        State::LineComment => {
            line.comment.push(rest[0]);
            (state, at + 1)
        }
        State::BlockComment(depth) => match rest {
            ['*', '/', ..] if depth == 1 => (State::Code, at + 2),
            ['*', '/', ..] => (State::BlockComment(depth - 1), at + 2),
            ['/', '*', ..] => (State::BlockComment(depth + 1), at + 2),
            _ => {
                line.comment.push(rest[0]);
                (state, at + 1)
            }
        },
        State::Text => match rest {
            // The second half of an escape; a line end after `\` is left to the loop.
            ['\\', next, ..] if *next != '\n' => (state, at + 2),
            ['"', ..] => {
                line.code.push('"');
                (State::Code, at + 1)
            }
            _ => (state, at + 1),
        },
        State::RawText(hashes) => {
            let ends = rest[0] == '"' && rest.len() > hashes && rest[1..=hashes].iter().all(|letter| *letter == '#');
            if ends {
                line.code.push('"');
                (State::Code, at + 1 + hashes)
            } else {
                (state, at + 1)
            }
        }
    }
}

fn step_code(chars: &[char], at: usize, line: &mut Line) -> (State, usize) {
    let rest = &chars[at..];
    match rest {
        ['/', '/', ..] => (State::LineComment, at + 2),
        ['/', '*', ..] => (State::BlockComment(1), at + 2),
        ['"', ..] => {
            line.code.push('"');
            (State::Text, at + 1)
        }
        ['r', ..] if !line.code.ends_with(is_word) || line.code.ends_with('b') => match raw_hashes(&rest[1..]) {
            Some(hashes) => {
                line.code.push_str("r\"");
                (State::RawText(hashes), at + 2 + hashes)
            }
            None => {
                line.code.push('r');
                (State::Code, at + 1)
            }
        },
        // A character literal, not a lifetime: 'x' or '\x'.
        ['\'', '\\', ..] => {
            let length = rest.iter().skip(3).position(|letter| *letter == '\'').map_or(rest.len(), |end| end + 4);
            line.code.push_str("''");
            (State::Code, at + length)
        }
        ['\'', _, '\'', ..] => {
            line.code.push_str("''");
            (State::Code, at + 3)
        }
        _ => {
            line.code.push(rest[0]);
            (State::Code, at + 1)
        }
    }
}

/// How many `#` stand before the `"` of a raw string.
fn raw_hashes(rest: &[char]) -> Option<usize> {
    let hashes = rest.iter().take_while(|letter| **letter == '#').count();
    (rest.get(hashes) == Some(&'"')).then_some(hashes)
}

/// Marks each item that stands under the attribute, to its closing brace or semicolon.
fn mark(lines: &mut [Line], attribute: &str, set: fn(&mut Line)) {
    let mut at = 0;
    while at < lines.len() {
        if !lines[at].code.contains(attribute) {
            at += 1;
            continue;
        }
        let mut depth = 0usize;
        loop {
            set(&mut lines[at]);
            let code = lines[at].code.replace(attribute, "");
            let opened = code.matches(['{', '[', '(']).count();
            depth = (depth + opened).saturating_sub(code.matches(['}', ']', ')']).count());
            let ends = depth == 0 && code.trim_end().ends_with(['}', ';']);
            at += 1;
            if ends || at == lines.len() {
                break;
            }
        }
    }
}

/// Whether `word` stands in `code` by itself, not as a part of a longer name.
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let starts = !word.starts_with(is_word) || !before.is_some_and(is_word);
        let ends = !word.ends_with(is_word) || !after.is_some_and(is_word);
        starts && ends
    })
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Vec<String> {
        scan(text).into_iter().map(|line| line.code).collect()
    }

    #[test]
    fn literals_are_emptied_and_comments_set_aside() {
        assert_eq!(code("let a = \"unsafe // no\"; // unsafe"), ["let a = \"\"; "]);
        assert_eq!(code("r#\"a \"quoted\" unsafe\"# + b\"x\""), ["r\"\" + b\"\""]);
        assert_eq!(code("let c = '\"'; let d: &'static str = \"\\\"\";"), ["let c = ''; let d: &'static str = \"\";"]);
        assert_eq!(code("a /* b /* c */ d */ e"), ["a  e"]);
        assert_eq!(code("for x in y {} '\\'' '\\u{1F600}'"), ["for x in y {} '' ''"]);
        assert_eq!(scan("x(); // why").last().map(|line| line.comment.as_str()), Some(" why"));
    }

    #[test]
    fn a_text_over_several_lines_stays_a_text() {
        assert_eq!(code("let a = \"one\n two \\\n three\";\nunsafe {}"), ["let a = \"", "", "\";", "unsafe {}"]);
    }

    #[test]
    fn test_items_are_marked_to_their_end() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\nfn c() {}\n#[cfg(test)]\nmod d;\nfn e() {}";
        let marks: Vec<bool> = scan(text).iter().map(|line| line.is_test).collect();
        assert_eq!(marks, [false, true, true, true, true, false, true, true, false]);
    }

    #[test]
    fn a_table_is_marked_to_its_end() {
        let text = "#[rustfmt::skip]\nconst A: [B; 1] = [\n B { c: 1 },\n];\nconst D: u8 = 1;";
        let marks: Vec<bool> = scan(text).iter().map(|line| line.is_table).collect();
        assert_eq!(marks, [true, true, true, true, false]);
    }

    #[test]
    fn a_word_is_a_word() {
        assert!(has_word("unsafe {", "unsafe"));
        assert!(!has_word("forbid(unsafe_code)", "unsafe"));
        assert!(has_word("std::time::Instant::now()", "Instant::now"));
        assert!(!has_word("MyHashMapping", "HashMap"));
        assert!(has_word("todo!()", "todo!"));
    }
}
