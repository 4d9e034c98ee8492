//! No code: the stories are in `tests/`, the scenarios they play in `scenario/`, the exchange they meet in `venue/`.
