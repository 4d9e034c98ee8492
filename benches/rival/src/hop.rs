//! Other people's queues: `disruptor` used directly, `rtrb`, crossbeam's array queue and bounded channel. All of them spin.

use benches::hop::{Packet, Queue, Receiver, Sender, contender};
use benches::rounds::Contender;
use crossbeam::channel;
use crossbeam::queue::ArrayQueue;
use disruptor::{
    BusySpin, EventPoller, Producer as _, SingleConsumerBarrier, SingleProducer, SingleProducerBarrier,
    build_single_producer,
};
use std::sync::Arc;

/// Every rival by name.
pub(crate) fn rivals() -> Vec<(&'static str, Contender<'static>)> {
    vec![
        (Disruptor::NAME, contender::<Disruptor>()),
        (Rtrb::NAME, contender::<Rtrb>()),
        (Array::NAME, contender::<Array>()),
        (Channel::NAME, contender::<Channel>()),
    ]
}

/// `disruptor` with one poller.
struct Disruptor;
struct DisruptorSender(SingleProducer<Packet, SingleConsumerBarrier>);
struct DisruptorReceiver(EventPoller<Packet, SingleProducerBarrier>);

impl Queue for Disruptor {
    const NAME: &'static str = "disruptor";
    type Sender = DisruptorSender;
    type Receiver = DisruptorReceiver;

    fn pair(depth: usize) -> (DisruptorSender, DisruptorReceiver) {
        let (poller, builder) = build_single_producer(depth, Packet::default, BusySpin).new_event_poller();
        (DisruptorSender(builder.build()), DisruptorReceiver(poller))
    }
}

impl Sender for DisruptorSender {
    #[inline]
    fn try_send(&mut self, packet: &Packet) -> bool {
        self.0.try_publish(|slot| *slot = *packet).is_ok()
    }
}

impl Receiver for DisruptorReceiver {
    #[inline]
    fn take(&mut self, limit: usize, mut each: impl FnMut(&Packet)) -> usize {
        let Ok(mut events) = self.0.take(limit as u64) else { return 0 };
        let mut taken = 0;
        for packet in &mut events {
            each(packet);
            taken += 1;
        }
        taken
    }
}

/// `rtrb`, one packet at a time.
struct Rtrb;
struct RtrbSender(rtrb::Producer<Packet>);
struct RtrbReceiver(rtrb::Consumer<Packet>);

impl Queue for Rtrb {
    const NAME: &'static str = "rtrb";
    type Sender = RtrbSender;
    type Receiver = RtrbReceiver;

    fn pair(depth: usize) -> (RtrbSender, RtrbReceiver) {
        let (producer, consumer) = rtrb::RingBuffer::new(depth);
        (RtrbSender(producer), RtrbReceiver(consumer))
    }
}

impl Sender for RtrbSender {
    #[inline]
    fn try_send(&mut self, packet: &Packet) -> bool {
        self.0.push(*packet).is_ok()
    }
}

impl Receiver for RtrbReceiver {
    #[inline]
    fn take(&mut self, limit: usize, mut each: impl FnMut(&Packet)) -> usize {
        let mut taken = 0;
        while taken < limit
            && let Ok(packet) = self.0.pop()
        {
            each(&packet);
            taken += 1;
        }
        taken
    }
}

/// Crossbeam's array queue.
struct Array;

#[derive(Clone)]
struct ArrayEnd(Arc<ArrayQueue<Packet>>);

impl Queue for Array {
    const NAME: &'static str = "crossbeam-array-queue";
    type Sender = ArrayEnd;
    type Receiver = ArrayEnd;

    fn pair(depth: usize) -> (ArrayEnd, ArrayEnd) {
        let end = ArrayEnd(Arc::new(ArrayQueue::new(depth)));
        (end.clone(), end)
    }
}

impl Sender for ArrayEnd {
    #[inline]
    fn try_send(&mut self, packet: &Packet) -> bool {
        self.0.push(*packet).is_ok()
    }
}

impl Receiver for ArrayEnd {
    #[inline]
    fn take(&mut self, limit: usize, mut each: impl FnMut(&Packet)) -> usize {
        (0..limit).map_while(|_| self.0.pop()).map(|packet| each(&packet)).count()
    }
}

/// Crossbeam's bounded channel, polled.
struct Channel;
struct ChannelSender(channel::Sender<Packet>);
struct ChannelReceiver(channel::Receiver<Packet>);

impl Queue for Channel {
    const NAME: &'static str = "crossbeam-channel";
    type Sender = ChannelSender;
    type Receiver = ChannelReceiver;

    fn pair(depth: usize) -> (ChannelSender, ChannelReceiver) {
        let (sender, receiver) = channel::bounded(depth);
        (ChannelSender(sender), ChannelReceiver(receiver))
    }
}

impl Sender for ChannelSender {
    #[inline]
    fn try_send(&mut self, packet: &Packet) -> bool {
        self.0.try_send(*packet).is_ok()
    }
}

impl Receiver for ChannelReceiver {
    #[inline]
    fn take(&mut self, limit: usize, mut each: impl FnMut(&Packet)) -> usize {
        self.0.try_iter().take(limit).map(|packet| each(&packet)).count()
    }
}
