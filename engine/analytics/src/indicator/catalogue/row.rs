//! How a group writes its rows.

/// Kinds that a parameter may be of.
pub(crate) trait Parameter: Copy {
    /// No fractions.
    const WHOLE: bool;
    /// Of a value that was checked.
    fn of(value: f64) -> Self;
}

impl Parameter for usize {
    const WHOLE: bool = true;
    fn of(value: f64) -> Self {
        value as Self
    }
}

impl Parameter for f64 {
    const WHOLE: bool = false;
    fn of(value: f64) -> Self {
        value
    }
}

/// Rows of one group and one source.
///
/// `"NAME" "Words", inputs -> [outputs] Unit, (param: kind = default in min..=max, …), lookback => value;`
///
/// The lookback and the value may name the parameters; inputs are one of [`inputs`](super::inputs).
macro_rules! rows {
    ($group:ident, $source:expr; $(
        $name:literal $title:literal, $inputs:ident -> [$($output:literal),+] $unit:ident,
        ($($param:ident: $kind:ty = $default:literal in $min:literal..=$max:expr),*), $lookback:expr => $value:expr;
    )+) => {
        &[$($crate::indicator::catalogue::Entry {
            name: $name,
            title: $title,
            group: $crate::indicator::catalogue::Group::$group,
            inputs: $crate::indicator::catalogue::inputs::$inputs,
            params: &[$($crate::indicator::catalogue::Param {
                name: stringify!($param),
                default: $default as f64,
                min: $min as f64,
                max: $max as f64,
                whole: <$kind as $crate::indicator::catalogue::Parameter>::WHOLE,
            }),*],
            outputs: &[$($output),+],
            unit: $crate::indicator::catalogue::Unit::$unit,
            source: $source,
            make: |_values| {
                let [$($param),*] = _values else { unreachable!("as many values as parameters") };
                $(let $param = <$kind as $crate::indicator::catalogue::Parameter>::of(*$param);)*
                $crate::indicator::catalogue::running($lookback, $value)
            },
        }),+]
    };
}

pub(crate) use rows;
