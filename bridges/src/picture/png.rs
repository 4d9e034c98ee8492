//! SVG to PNG. It takes tens of milliseconds of one core: not for a thread that answers others.

use super::{HEIGHT, WIDTH};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use std::sync::{Arc, LazyLock};

/// The one font: letters of ASCII, see `font/OFL.txt`.
static FONT: &[u8] = include_bytes!("font/NotoSansMono.ttf");

static OPTIONS: LazyLock<Options<'static>> = LazyLock::new(|| {
    let mut options = Options { font_family: "Noto Sans Mono".to_owned(), ..Options::default() };
    Arc::make_mut(&mut options.fontdb).load_font_data(FONT.to_vec());
    options
});

/// A bug in the writer, or no memory.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// What was written is no SVG.
    #[error("the drawing is not readable")]
    Svg(#[from] resvg::usvg::Error),
    /// No room for the pixels, or they cannot be packed.
    #[error("the picture cannot be made: {0}")]
    Png(String),
}

/// The picture's bytes.
pub fn png(svg: &str) -> Result<Vec<u8>, PictureError> {
    let tree = Tree::from_str(svg, &OPTIONS)?;
    let mut pixels = Pixmap::new(WIDTH, HEIGHT).ok_or_else(|| PictureError::Png("no memory".to_owned()))?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| PictureError::Png(error.to_string()))
}
