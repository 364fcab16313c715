//! A subscriber that hears everything at every level.

use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

#[derive(Clone, Default)]
pub(crate) struct Listener {
    heard: Arc<Mutex<Vec<String>>>,
    spans: Arc<AtomicU64>,
}

impl Listener {
    /// What was heard since this was asked last.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().expect("whole"))
    }

    fn hear(&self, mut line: Line, record: impl FnOnce(&mut Line)) {
        record(&mut line);
        self.heard.lock().expect("whole").push(line.0);
    }
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let id = self.spans.fetch_add(1, Ordering::Relaxed) + 1;
        let line = Line(format!("span {}", span.metadata().name()));
        self.hear(line, |line| span.record(line));
        Id::from_u64(id)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.hear(Line("record".into()), |line| values.record(line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let line = Line(format!("event {}", event.metadata().level()));
        self.hear(line, |line| event.record(line));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).expect("a string takes it");
    }
}
