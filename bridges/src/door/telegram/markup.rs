//! Text as Telegram shows it: lines of spans, escaped by construction, cut on the borders of lines.
//!
//! There is no way to put a tag into a span: what it is given is text. Never: longer than Telegram takes, nor cut
//! silently.

/// What Telegram takes, in UTF-16 units behind the entities.
pub(super) const MESSAGE_UNITS_MAX: usize = 4_096;
/// The same of a picture's caption.
pub(super) const CAPTION_UNITS_MAX: usize = 1_024;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Markup {
    lines: Vec<Line>,
}

/// A piece that is one message: as HTML, and the same without a tag for when Telegram does not read it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Part {
    pub(super) html: String,
    pub(super) plain: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Spans(Vec<Span>),
    /// A line of a table; those that follow each other are one.
    Row(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    style: Style,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Plain,
    Bold,
    Italic,
    Code,
}

impl Style {
    const fn tag(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("b"),
            Self::Italic => Some("i"),
            Self::Code => Some("code"),
        }
    }
}

impl Markup {
    /// Begins a line.
    pub(super) fn line(&mut self) -> Spans<'_> {
        self.lines.push(Line::Spans(Vec::new()));
        Spans { markup: self }
    }

    /// A line of plain text.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.line().text(text);
    }

    /// A bold line.
    pub(super) fn head(&mut self, text: impl Into<String>) {
        self.line().bold(text);
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.line();
    }

    /// A line of a table: columns are the writer's own blanks.
    pub(super) fn row(&mut self, text: impl AsRef<str>) {
        self.lines.push(Line::Row(clean(text.as_ref()).trim_end().to_owned()));
    }

    /// All of another behind this.
    pub(super) fn append(&mut self, other: Self) {
        self.lines.extend(other.lines);
    }

    /// The first line alone: what it is about.
    pub(super) fn first_line(&self) -> Self {
        Self { lines: self.lines.first().cloned().into_iter().collect() }
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Messages of at most that many UTF-16 units each, in order. A line that is longer than a message is cut between
    /// characters; nothing is left out.
    pub(super) fn parts(&self, units_max: usize) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut page: Vec<&Line> = Vec::new();
        let short: Vec<Line> = self.lines.iter().flat_map(|line| line.cut(units_max)).collect();
        let mut used = 0;
        for line in &short {
            let units = line.units() + 1;
            if used + units > units_max + 1 && !page.is_empty() {
                parts.push(part(&page));
                page.clear();
                used = 0;
            }
            used += units;
            page.push(line);
        }
        if !page.is_empty() {
            parts.push(part(&page));
        }
        // Telegram refuses a message of blanks.
        parts.retain(|part| !part.plain.trim().is_empty());
        parts
    }
}

/// The line that is being written.
pub(super) struct Spans<'m> {
    markup: &'m mut Markup,
}

impl Spans<'_> {
    pub(super) fn text(self, text: impl Into<String>) -> Self {
        self.span(Style::Plain, text)
    }

    pub(super) fn bold(self, text: impl Into<String>) -> Self {
        self.span(Style::Bold, text)
    }

    pub(super) fn italic(self, text: impl Into<String>) -> Self {
        self.span(Style::Italic, text)
    }

    pub(super) fn code(self, text: impl Into<String>) -> Self {
        self.span(Style::Code, text)
    }

    fn span(self, style: Style, text: impl Into<String>) -> Self {
        if let Some(Line::Spans(spans)) = self.markup.lines.last_mut() {
            spans.push(Span { style, text: clean(&text.into()) });
        }
        self
    }
}

impl Line {
    fn plain(&self) -> String {
        match self {
            Self::Spans(spans) => spans.iter().map(|span| span.text.as_str()).collect(),
            Self::Row(text) => text.clone(),
        }
    }

    fn units(&self) -> usize {
        match self {
            Self::Spans(spans) => spans.iter().map(|span| units(&span.text)).sum(),
            Self::Row(text) => units(text),
        }
    }

    fn html(&self) -> String {
        match self {
            Self::Spans(spans) => spans.iter().map(Span::html).collect(),
            Self::Row(text) => escaped(text),
        }
    }

    /// Itself, or the pieces of a line that is longer than a message.
    fn cut(&self, units_max: usize) -> Vec<Self> {
        if self.units() <= units_max {
            return vec![self.clone()];
        }
        match self {
            Self::Row(text) => pieces(text, units_max).into_iter().map(Self::Row).collect(),
            Self::Spans(spans) => spans
                .iter()
                .flat_map(|span| {
                    let style = span.style;
                    let spans = pieces(&span.text, units_max).into_iter().map(move |text| Span { style, text });
                    spans.map(|span| Self::Spans(vec![span]))
                })
                .collect(),
        }
    }
}

impl Span {
    fn html(&self) -> String {
        let text = escaped(&self.text);
        match self.style.tag().filter(|_| !text.is_empty()) {
            Some(tag) => format!("<{tag}>{text}</{tag}>"),
            None => text,
        }
    }
}

fn part(lines: &[&Line]) -> Part {
    let mut html = String::new();
    let mut in_table = false;
    for (place, line) in lines.iter().enumerate() {
        let is_row = matches!(line, Line::Row(_));
        if in_table && !is_row {
            html.push_str("</pre>");
        }
        if place > 0 {
            html.push('\n');
        }
        if is_row && !in_table {
            html.push_str("<pre>");
        }
        in_table = is_row;
        html.push_str(&line.html());
    }
    if in_table {
        html.push_str("</pre>");
    }
    let plain: Vec<String> = lines.iter().map(|line| line.plain()).collect();
    Part { html, plain: plain.join("\n") }
}

fn pieces(text: &str, units_max: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for letter in text.chars() {
        if used + letter.len_utf16() > units_max {
            pieces.push(String::new());
            used = 0;
        }
        used += letter.len_utf16();
        if let Some(piece) = pieces.last_mut() {
            piece.push(letter);
        }
    }
    pieces
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// One line: no break and no control character of a stranger's text.
fn clean(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What Telegram does with HTML: the text behind the entities, or why it refuses.
    fn read(html: &str) -> Result<String, String> {
        let (mut text, mut open, mut rest) = (String::new(), Vec::new(), html);
        while let Some(letter) = rest.chars().next() {
            match letter {
                '<' => {
                    let (tag, behind) = rest[1..].split_once('>').ok_or("a tag without an end")?;
                    match tag.strip_prefix('/') {
                        Some(name) if open.last() == Some(&name) => drop(open.pop()),
                        None if ["b", "i", "code", "pre"].contains(&tag) => open.push(tag),
                        _ => return Err(format!("<{tag}> here, open are {open:?}")),
                    }
                    rest = behind;
                }
                '>' => return Err("a bare >".to_owned()),
                '&' => {
                    let (name, behind) = rest[1..].split_once(';').ok_or("an entity without an end")?;
                    text.push(match name {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        _ => return Err(format!("&{name};")),
                    });
                    rest = behind;
                }
                letter => {
                    text.push(letter);
                    rest = &rest[letter.len_utf8()..];
                }
            }
        }
        if open.is_empty() { Ok(text) } else { Err(format!("left open: {open:?}")) }
    }

    fn plain(page: &Markup) -> String {
        let lines: Vec<String> = page.lines.iter().map(Line::plain).collect();
        lines.join("\n")
    }

    fn page(lines: &[(u8, String)]) -> Markup {
        let mut page = Markup::default();
        for (style, text) in lines {
            match style % 5 {
                0 => page.say(text),
                1 => page.head(text),
                2 => page.row(text),
                3 => drop(page.line().text("x ").code(text).italic(text)),
                _ => page.gap(),
            }
        }
        page
    }

    #[test]
    fn a_price_with_signs_and_tags_is_only_text() {
        let mut page = Markup::default();
        page.line().bold("BTC<b>").text(" +1.5% (BTC-USDT) & more");
        page.row("a  1");
        page.row("b  2");
        page.say("end");
        let parts = page.parts(MESSAGE_UNITS_MAX);
        let html = "<b>BTC&lt;b&gt;</b> +1.5% (BTC-USDT) &amp; more\n<pre>a  1\nb  2</pre>\nend";
        assert_eq!(parts, [Part { html: html.to_owned(), plain: plain(&page) }]);
    }

    proptest! {
        #[test]
        fn whatever_is_said_is_valid_short_enough_and_whole(
            lines in prop::collection::vec((any::<u8>(), "(?s).{0,90}"), 1..60), limit in 64_usize..400
        ) {
            let page = page(&lines);
            let parts = page.parts(limit);
            let mut all = String::new();
            for part in &parts {
                let text = read(&part.html).expect("entities that close");
                prop_assert_eq!(&text, &part.plain);
                prop_assert!(units(&text) <= limit);
                all.push_str(&text);
            }
            let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&all), letters(&plain(&page)), "nothing is left out");
        }
    }
}
