//! The bounds that a script runs in.

use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicIteratorPackage, BasicMapPackage, BasicMathPackage, BasicStringPackage,
    LogicPackage, MoreStringPackage, Package as _,
};
use rhai::{Engine, ImmutableString};

/// Steps of one call: a tenth of a millisecond or so, and an endless loop is over before anybody waits for it.
pub(crate) const STEPS_MAX: u64 = 20_000;
/// Calls within calls.
const LEVELS_MAX: usize = 16;
/// Nested expressions, of a script and of a function.
const DEPTH_MAX: usize = 32;
/// Elements of one list: as many bars as are kept of a series.
const LIST_MAX: usize = 1_024;
/// Entries of one map.
const MAP_MAX: usize = 256;
/// Bytes of one text.
const TEXT_MAX: usize = 1_024;
/// Variables of one call.
const VARIABLES_MAX: usize = 64;
/// Functions of one script.
const FUNCTIONS_MAX: usize = 64;

/// An interpreter without the world: no files, no other scripts, no clock, no sleep, no `eval`, nothing printed.
pub(crate) fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    // Not the package of the language's core, which can sleep.
    ArithmeticPackage::new().register_into_engine(&mut engine);
    LogicPackage::new().register_into_engine(&mut engine);
    BasicMathPackage::new().register_into_engine(&mut engine);
    BasicStringPackage::new().register_into_engine(&mut engine);
    MoreStringPackage::new().register_into_engine(&mut engine);
    BasicIteratorPackage::new().register_into_engine(&mut engine);
    BasicArrayPackage::new().register_into_engine(&mut engine);
    BasicMapPackage::new().register_into_engine(&mut engine);
    engine.disable_symbol("eval");
    engine.set_max_operations(STEPS_MAX);
    engine.set_max_call_levels(LEVELS_MAX);
    engine.set_max_expr_depths(DEPTH_MAX, DEPTH_MAX);
    engine.set_max_array_size(LIST_MAX);
    engine.set_max_map_size(MAP_MAX);
    engine.set_max_string_size(TEXT_MAX);
    engine.set_max_variables(VARIABLES_MAX);
    engine.set_max_functions(FUNCTIONS_MAX);
    engine.set_fail_on_invalid_map_property(true);
    engine.on_print(|_| {});
    engine.on_debug(|_, _, _| {});
    engine
}

/// A text of a script that may stand in a message: one line, and not long.
pub(crate) fn told(text: &ImmutableString) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}
