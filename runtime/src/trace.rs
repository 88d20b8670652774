//! Where the time went, for people: `ONDINE_TRACE=file.json` writes events that Perfetto and Chrome's `about:tracing` open.
//!
//! One span per pass, per step of a plan and per evaluation. The file is valid JSON after every event, however the process
//! ends. Without the variable a span costs one load.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

/// The file, and when it was begun.
pub struct Trace {
    file: Mutex<File>,
    begin: Instant,
}

/// What closes the list of events; the next event overwrites it.
const END: &str = "\n]\n";

/// The trace that `ONDINE_TRACE` asks for.
pub fn trace() -> Option<&'static Trace> {
    static TRACE: OnceLock<Option<Trace>> = OnceLock::new();
    TRACE.get_or_init(open).as_ref()
}

fn open() -> Option<Trace> {
    let path = std::env::var_os("ONDINE_TRACE").filter(|path| !path.is_empty())?;
    let begun = File::create(&path).and_then(|mut file| {
        // The name of the process is an event of its own, so that every later one follows another.
        write!(file, "[\n{{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,\"args\":{{\"name\":\"ondine\"}}}}{END}")?;
        Ok(file)
    });
    match begun {
        Ok(file) => Some(Trace { file: Mutex::new(file), begin: Instant::now() }),
        Err(error) => {
            eprintln!("ondine: ONDINE_TRACE: {}: {error}", path.display());
            None
        }
    }
}

/// A number for the thread.
fn thread() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local!(static NUMBER: u64 = NEXT.fetch_add(1, Ordering::Relaxed));
    NUMBER.with(|number| *number)
}

impl Trace {
    /// Writes a span that ends now. `numbers` are shown beside it.
    pub fn span(&self, kind: &str, name: &str, start: Instant, numbers: &[(&str, u64)]) {
        let end = Instant::now();
        let micros = |from: Instant, to: Instant| to.saturating_duration_since(from).as_nanos() as f64 / 1e3;
        let mut event = String::from(",\n{\"name\":\"");
        escape(name, &mut event);
        let (at, long) = (micros(self.begin, start), micros(start, end));
        let _ = write!(event, "\",\"cat\":\"{kind}\",\"ph\":\"X\",\"ts\":{at:.3},\"dur\":{long:.3},\"pid\":1,");
        let _ = write!(event, "\"tid\":{},\"args\":{{", thread());
        for (at, (name, number)) in numbers.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            let _ = write!(event, "{comma}\"{name}\":{number}");
        }
        let _ = write!(event, "}}}}{END}");
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk ends the trace, not the program.
        let _ = file.seek(SeekFrom::End(-(END.len() as i64))).and_then(|_| file.write_all(event.as_bytes()));
    }
}

fn escape(text: &str, into: &mut String) {
    for c in text.chars() {
        match c {
            '"' | '\\' => into.extend(['\\', c]),
            c if c < ' ' => {
                let _ = write!(into, "\\u{:04x}", c as u32);
            }
            c => into.push(c),
        }
    }
}
