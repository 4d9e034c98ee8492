//! Orders whose trigger the venue pulls: from then on they are plain ones, perhaps under another id of the venue's.

use super::{Cancel, Entry, Orders, Theirs};
use crate::gateway::desk::Now;
use crate::gateway::heard::Whose;
use engine_model::instrument::Name;
use engine_model::order::ClientOrderId;
use engine_model::units::Nanos;
use engine_model::venue::ReplyKind;

impl Orders {
    /// The trigger of an order was pulled at the venue. Told once, and neither behind a fill nor behind a wish to cancel: the
    /// law has no row for that.
    pub(in crate::gateway::desk) fn triggered(&mut self, whose: &Whose, at: Nanos, now: Now) {
        let Some(id) = whose.ours.or_else(|| self.only_of(whose.venue_order_id)) else { return };
        let waits = |entry: &&mut Entry| entry.known.order.order_type.has_trigger();
        let Some(entry) = self.living(id).filter(waits) else {
            // Told before, perhaps without the id of what it became.
            return self.learn(id, whose.venue_order_id);
        };
        entry.known.pull();
        entry.heard_ns = now.timer_ns;
        let (instrument, is_plain) = (entry.known.order.instrument, entry.cancel == Cancel::None);
        self.rename(id, whose.venue_order_id);
        self.accept(id, at, now);
        if is_plain {
            self.tell(id, instrument, ReplyKind::Triggered, at, now);
        }
        // What it became may bear none of our ids: the venue is asked what it calls it.
        if whose.venue_order_id == Name::default() {
            self.doubt(id, now);
        }
    }

    /// What waited bears another id of the venue's: it was pulled, whether or not that was told.
    pub(super) fn notice(&mut self, id: ClientOrderId, whose: &Whose, at: Nanos, now: Now) {
        let Some(known) = self.entries.get(id).map(|entry| entry.known) else { return };
        let is_other = whose.venue_order_id != Name::default() && whose.venue_order_id != known.venue_order_id;
        if is_other && known.order.order_type.has_trigger() {
            self.triggered(&Whose { ours: Some(id), ..*whose }, at, now);
        }
    }

    /// Ids of the venue's that are told apart.
    #[cfg(test)]
    pub(in crate::gateway::desk) fn ids_known(&self) -> usize {
        self.by_theirs.len()
    }

    /// The venue calls it something else from now on; what that is may be told later.
    fn rename(&mut self, id: ClientOrderId, theirs: Name) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        if theirs != entry.known.venue_order_id {
            let before = Theirs(entry.known.order.instrument, entry.known.venue_order_id);
            entry.known.venue_order_id = Name::default();
            // A row that nobody forgets would stay for ever.
            if self.by_theirs.get(before) == Some(&id) {
                self.by_theirs.remove(before);
            }
            self.learn(id, theirs);
        }
    }
}
