//! The one queue through which a session speaks: bytes, actions and events in their order.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::contract::{Action, Output};

/// Bytes, actions and events on their way to the driver.
#[derive(Debug)]
pub(crate) struct Outbox<E> {
    /// All bytes that were queued and not yet sent; `start` of them are gone.
    bytes: Vec<u8>,
    start: usize,
    queue: VecDeque<Item<E>>,
}

#[derive(Debug)]
enum Item<E> {
    /// So many of `bytes`.
    Send(usize),
    /// One of `bytes`.
    Urgent,
    Action(Action),
    Event(E),
}

impl<E> Outbox<E> {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            queue: VecDeque::new(),
        }
    }

    /// Queues what `write` appends to the buffer.
    pub(crate) fn send(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let before = self.bytes.len();
        write(&mut self.bytes);
        let added = self.bytes.len() - before;
        if added == 0 {
            return;
        }
        if let Some(Item::Send(n)) = self.queue.back_mut() {
            *n += added;
        } else {
            self.queue.push_back(Item::Send(added));
        }
    }

    /// Queues a byte that is urgent.
    pub(crate) fn send_urgent(&mut self, byte: u8) {
        self.bytes.push(byte);
        self.queue.push_back(Item::Urgent);
    }

    pub(crate) fn action(&mut self, action: Action) {
        self.queue.push_back(Item::Action(action));
    }

    /// Queues an action before the bytes that wait at the end of the queue, if any.
    pub(crate) fn action_before_bytes(&mut self, action: Action) {
        self.insert_before_bytes(Item::Action(action));
    }

    pub(crate) fn event(&mut self, event: E) {
        self.queue.push_back(Item::Event(event));
    }

    /// Queues an event before the bytes that wait at the end of the queue, if any, so that two
    /// replies leave in one write.
    pub(crate) fn event_before_bytes(&mut self, event: E) {
        self.insert_before_bytes(Item::Event(event));
    }

    /// The head of the queue. Bytes stay there until [`sent`](Self::sent) took them; actions and
    /// events leave with this call.
    pub(crate) fn poll(&mut self) -> Option<Output<'_, E>> {
        match self.queue.front()? {
            Item::Send(n) => Some(Output::Send(&self.bytes[self.start..self.start + n])),
            Item::Urgent => Some(Output::SendUrgent(&self.bytes[self.start..=self.start])),
            Item::Action(_) | Item::Event(_) => match self.queue.pop_front()? {
                Item::Action(action) => Some(Output::Action(action)),
                Item::Event(event) => Some(Output::Event(event)),
                Item::Send(_) | Item::Urgent => None,
            },
        }
    }

    /// Takes note that the first `taken` bytes of the head were written; more than there are
    /// count as all of them. An action may have overtaken the bytes since they were offered.
    pub(crate) fn sent(&mut self, taken: usize) {
        let is_bytes = |item: &Item<E>| matches!(item, Item::Send(_) | Item::Urgent);
        let Some(at) = self.queue.iter().position(is_bytes) else {
            return;
        };
        let (taken, is_gone) = match self.queue.get_mut(at) {
            Some(Item::Send(n)) => {
                let taken = taken.min(*n);
                *n -= taken;
                (taken, *n == 0)
            }
            _ => (taken.min(1), taken > 0),
        };
        self.start += taken;
        if is_gone {
            self.queue.remove(at);
        }
        if self.start == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        }
    }

    /// Drops everything that waits.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.start = 0;
        self.queue.clear();
    }

    /// Drops the bytes that wait, and keeps actions and events: a peer that takes nothing is given
    /// up, but what belongs to it is still taken apart in order.
    pub(crate) fn drop_bytes(&mut self) {
        self.bytes.clear();
        self.start = 0;
        self.queue
            .retain(|item| matches!(item, Item::Action(_) | Item::Event(_)));
    }

    /// Gives an empty queue's memory back, so that an idle session holds none.
    pub(crate) fn release(&mut self) {
        if self.queue.is_empty() {
            self.bytes = Vec::new();
            self.start = 0;
            self.queue = VecDeque::new();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether the head of the queue is bytes: then a blocked driver comes no further.
    pub(crate) fn is_sending(&self) -> bool {
        matches!(self.queue.front(), Some(Item::Send(_) | Item::Urgent))
    }

    /// Whether an action has not left yet: nothing can have come of it.
    pub(crate) fn has_action(&self) -> bool {
        self.queue
            .iter()
            .any(|item| matches!(item, Item::Action(_)))
    }

    /// How many bytes wait to be sent.
    pub(crate) fn unsent(&self) -> usize {
        self.bytes.len() - self.start
    }

    fn insert_before_bytes(&mut self, item: Item<E>) {
        let at = match self.queue.back() {
            Some(Item::Send(_)) => self.queue.len() - 1,
            _ => self.queue.len(),
        };
        self.queue.insert(at, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Closing, DataId};

    fn close_data() -> Action {
        Action::CloseData {
            id: DataId::FIRST,
            how: Closing::Orderly,
        }
    }

    #[test]
    fn an_action_may_overtake_the_bytes_at_the_end() {
        let mut out = Outbox::<()>::new();
        out.send(|b| b.extend_from_slice(b"150 a\r\n"));
        out.action_before_bytes(close_data());
        out.send(|b| b.extend_from_slice(b"226 b\r\n"));
        assert!(matches!(out.poll(), Some(Output::Action(_))));
        assert!(matches!(
            out.poll(),
            Some(Output::Send(b"150 a\r\n226 b\r\n"))
        ));
    }

    #[test]
    fn bytes_that_were_offered_count_as_sent_behind_an_action() {
        let mut out = Outbox::<()>::new();
        out.send(|b| b.extend_from_slice(b"150 a\r\n"));
        assert!(matches!(out.poll(), Some(Output::Send(_))));
        out.action_before_bytes(close_data());
        out.sent(7);
        assert!(matches!(out.poll(), Some(Output::Action(_))));
        assert!(out.is_empty());
    }

    #[test]
    fn dropping_bytes_keeps_the_order_of_the_rest() {
        let mut out = Outbox::<u8>::new();
        out.event(1);
        out.send(|b| b.extend_from_slice(b"221\r\n"));
        out.action(close_data());
        out.event(2);
        out.drop_bytes();
        assert!(matches!(out.poll(), Some(Output::Event(1))));
        assert!(matches!(out.poll(), Some(Output::Action(_))));
        assert!(matches!(out.poll(), Some(Output::Event(2))));
        assert!(out.is_empty());
    }

    #[test]
    fn bytes_are_offered_until_they_are_sent() {
        let mut out = Outbox::<u8>::new();
        out.send(|b| b.extend_from_slice(b"NOOP\r\n"));
        out.event(7);
        out.send_urgent(b'\xf2');
        out.sent(4);
        assert!(matches!(out.poll(), Some(Output::Send(b"\r\n"))));
        out.sent(99);
        assert!(matches!(out.poll(), Some(Output::Event(7))));
        out.sent(0);
        assert!(matches!(out.poll(), Some(Output::SendUrgent(b"\xf2"))));
        out.sent(2);
        assert!(out.poll().is_none());
        assert!(out.is_empty());
    }
}
