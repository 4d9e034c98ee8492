//! A small writer of SVG: text is escaped, coordinates have two decimals, what is not a number is left out.

use super::{HEIGHT, WIDTH};
use std::fmt::Write as _;

pub(super) const BACKGROUND: &str = "#10151c";
pub(super) const GRID: &str = "#26303c";
pub(super) const TEXT: &str = "#c8d2dc";
pub(super) const FAINT: &str = "#7f8b98";
pub(super) const UP: &str = "#2ebd85";
pub(super) const DOWN: &str = "#f6465d";
pub(super) const LINE: &str = "#f0b90b";
pub(super) const OTHER: &str = "#4a9eff";
/// Of everything that is written.
const FONT_PX: f64 = 15.0;

/// Where text stands at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing that grows.
pub(super) struct Svg {
    body: String,
}

impl Svg {
    /// With a title and, below it, whence its numbers are.
    pub(super) fn new(title: &str, note: &str) -> Self {
        let mut svg = Self { body: String::new() };
        svg.rect(0.0, 0.0, f64::from(WIDTH), f64::from(HEIGHT), BACKGROUND, 1.0);
        svg.text(20.0, 28.0, title, TEXT, Anchor::Start, FONT_PX + 5.0);
        svg.text(20.0, 50.0, note, FAINT, Anchor::Start, FONT_PX - 2.0);
        svg
    }

    pub(super) fn rect(&mut self, x: f64, y: f64, width: f64, height: f64, fill: &str, opacity: f64) {
        if [x, y, width, height].iter().all(|n| n.is_finite()) && width > 0.0 && height > 0.0 {
            self.put(format_args!(
                r#"<rect x="{x:.2}" y="{y:.2}" width="{width:.2}" height="{height:.2}" fill="{fill}" fill-opacity="{opacity}"/>"#
            ));
        }
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, width: f64) {
        if [from.0, from.1, to.0, to.1].iter().all(|n| n.is_finite()) {
            self.put(format_args!(
                r#"<line x1="{:.2}" y1="{:.2}" x2="{:.2}" y2="{:.2}" stroke="{stroke}" stroke-width="{width}"/>"#,
                from.0, from.1, to.0, to.1
            ));
        }
    }

    pub(super) fn dashed(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str) {
        if [from.0, from.1, to.0, to.1].iter().all(|n| n.is_finite()) {
            self.put(format_args!(
                r#"<line x1="{:.2}" y1="{:.2}" x2="{:.2}" y2="{:.2}" stroke="{stroke}" stroke-dasharray="6 5"/>"#,
                from.0, from.1, to.0, to.1
            ));
        }
    }

    /// Through all points; a point that is not a number is a gap.
    pub(super) fn curve(&mut self, points: impl IntoIterator<Item = (f64, f64)>, stroke: &str) {
        let mut path = String::new();
        let mut is_down = false;
        for (x, y) in points {
            if x.is_finite() && y.is_finite() {
                let _infallible = write!(path, "{}{x:.2} {y:.2}", if is_down { 'L' } else { 'M' });
                is_down = true;
            } else {
                is_down = false;
            }
        }
        self.put(format_args!(r#"<path d="{path}" fill="none" stroke="{stroke}" stroke-width="2"/>"#));
    }

    pub(super) fn text(&mut self, x: f64, y: f64, text: &str, fill: &str, anchor: Anchor, px: f64) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        self.put(format_args!(
            r#"<text x="{x:.2}" y="{y:.2}" fill="{fill}" font-size="{px}" text-anchor="{anchor}">{text}</text>"#
        ));
    }

    /// A small word.
    pub(super) fn label(&mut self, x: f64, y: f64, text: &str, fill: &str, anchor: Anchor) {
        self.text(x, y, text, fill, anchor, FONT_PX);
    }

    pub(super) fn done(self) -> String {
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="Noto Sans Mono">{}</svg>"#,
            self.body
        )
    }

    fn put(&mut self, piece: std::fmt::Arguments<'_>) {
        // Writing to a string never fails.
        let _infallible = self.body.write_fmt(piece);
        self.body.push('\n');
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter => out.push(letter),
        }
    }
    out
}
