//! Permission as a type. Execution sends only what is [`Approved`], and only risk can approve.

use std::ops::Deref;

/// Something that passed every check. There is no way to make one outside of the risk room:
///
/// ```compile_fail,E0423
/// use engine_core::risk::Approved;
/// let order = engine_model::order::Order::default();
/// let smuggled = Approved(order); // the field is private
/// ```
///
/// ```compile_fail,E0624
/// use engine_core::risk::Approved;
/// let order = engine_model::order::Order::default();
/// let smuggled = Approved::grant(order); // visible to risk only
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approved<T>(T);

impl<T> Approved<T> {
    /// The judge's stamp.
    pub(in crate::risk) const fn grant(value: T) -> Self {
        Self(value)
    }
}

impl<T> Deref for Approved<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
