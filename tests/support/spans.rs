//! A recorder of the spans and events of the client.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// Records the spans and events of the client's crates in this thread, until it is dropped.
#[derive(Debug)]
pub struct Recording {
    recorder: Recorder,
    _default: DefaultGuard,
    _second: Dispatch,
}

#[derive(Clone, Debug, Default)]
struct Recorder(Arc<Mutex<Vec<Recorded>>>);

/// A span, or an event. Both have the number of the span that they are in.
#[derive(Debug)]
struct Recorded {
    level: Level,
    is_span: bool,
    parent: Option<usize>,
    name: String,
    fields: Vec<(&'static str, String)>,
}

/// The number of a span, in its extensions.
struct Number(usize);

impl Recording {
    /// Begins to record, up to a level.
    pub fn start(level: LevelFilter) -> Self {
        let recorder = Recorder::default();
        // With a single dispatcher, tracing caches the interest of the first thread that reaches a span. A thread of
        // another test has no subscriber and would disable the span for all. A second dispatcher prevents this.
        let second = Dispatch::new(Registry::default());
        let subscriber = Registry::default().with(recorder.clone().with_filter(level));
        Self {
            recorder,
            _default: tracing::subscriber::set_default(subscriber),
            _second: second,
        }
    }

    /// Returns the tree of spans and events, a line each, without the fields of these names.
    pub fn tree(&self, without: &[&str]) -> Vec<String> {
        let mut lines = vec![];
        self.add(&mut lines, None, "", without);
        lines
    }

    /// Adds what is in a span.
    fn add(&self, lines: &mut Vec<String>, parent: Option<usize>, indent: &str, without: &[&str]) {
        let all = self.recorder.recorded().len();
        for number in 0..all {
            if self.recorder.recorded()[number].parent == parent {
                let line = self.recorder.recorded()[number].line(without);
                lines.push(format!("{indent}{line}"));
                self.add(lines, Some(number), &format!("{indent}. "), without);
            }
        }
    }

    /// Returns the events of this level and above, a line each with all fields.
    pub fn events(&self, level: Level) -> Vec<String> {
        let recorded = self.recorder.recorded();
        let events = recorded
            .iter()
            .filter(|one| !one.is_span && one.level <= level);
        events.map(|event| event.line(&[])).collect()
    }
}

impl Recorder {
    fn recorded(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorded {
    fn line(&self, without: &[&str]) -> String {
        let fields = self
            .fields
            .iter()
            .filter(|(name, _)| !without.contains(name));
        let fields = fields.map(|(name, value)| format!(" {name}={value}"));
        self.name.clone() + &fields.collect::<String>()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).expect("the span is new");
        if !is_ours(span.metadata().target()) {
            return;
        }
        let parent = span
            .parent()
            .and_then(|parent| parent.extensions().get().map(|Number(of)| *of));
        let mut recorded = Recorded {
            level: *attributes.metadata().level(),
            is_span: true,
            parent,
            name: span.name().to_owned(),
            fields: vec![],
        };
        attributes.record(&mut recorded);
        let mut all = self.recorded();
        span.extensions_mut().insert(Number(all.len()));
        all.push(recorded);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).expect("the span is open");
        if let Some(Number(number)) = span.extensions().get() {
            values.record(&mut self.recorded()[*number]);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !is_ours(event.metadata().target()) {
            return;
        }
        let span = context.event_span(event);
        let mut recorded = Recorded {
            level: *event.metadata().level(),
            is_span: false,
            parent: span.and_then(|span| span.extensions().get().map(|Number(of)| *of)),
            name: format!("{}:", event.metadata().level()),
            fields: vec![],
        };
        event.record(&mut recorded);
        self.recorded().push(recorded);
    }
}

impl Visit for Recorded {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.name = format!("{} {value}", self.name);
        } else {
            self.fields.retain(|(name, _)| *name != field.name());
            self.fields.push((field.name(), value.to_owned()));
        }
    }
}

fn is_ours(target: &str) -> bool {
    let ours = ["prism_imports", "prism_imports_transport"];
    ours.contains(&target.split("::").next().unwrap_or_default())
}
