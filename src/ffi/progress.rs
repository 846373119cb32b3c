//! `imgferry_progress`: progress records for C, and the callback that receives them.

use std::ffi::{c_char, c_int, c_void};
use std::ops::ControlFlow;

use super::number::or_unknown;
use crate::{ImageProgressPull, ImageProgressPush, ImageProgressStep, Phase, Progress, Unit};

/// What a progress record is about: one of the IMGFERRY_PHASE_ numbers. Later
/// versions add numbers; treat one that you do not know as a message.
pub type imgferry_phase = i32;

/// Nothing arrived for a while; the numbers are those of the last record. It
/// comes at least every 250 ms, so that a silent peer can be left too.
pub const IMGFERRY_PHASE_WAITING: imgferry_phase = 0;
/// The operation, or one layer of it, is being prepared or queued.
pub const IMGFERRY_PHASE_PREPARING: imgferry_phase = 1;
/// Bytes go to the registry.
pub const IMGFERRY_PHASE_PUSHING: imgferry_phase = 2;
/// Bytes come from the registry.
pub const IMGFERRY_PHASE_DOWNLOADING: imgferry_phase = 3;
/// Downloaded bytes are checked.
pub const IMGFERRY_PHASE_VERIFYING: imgferry_phase = 4;
/// The engine unpacks a layer.
pub const IMGFERRY_PHASE_EXTRACTING: imgferry_phase = 5;
/// An archive goes into the engine.
pub const IMGFERRY_PHASE_LOADING: imgferry_phase = 6;
/// The destination has this layer already.
pub const IMGFERRY_PHASE_EXISTS: imgferry_phase = 7;
/// This layer is done.
pub const IMGFERRY_PHASE_LAYER_DONE: imgferry_phase = 8;
/// The engine tries a layer again.
pub const IMGFERRY_PHASE_RETRYING: imgferry_phase = 9;
/// A message without a meaning of its own; read its text.
pub const IMGFERRY_PHASE_MESSAGE: imgferry_phase = 10;
/// The operation is done. It is the last record, and comes exactly once, on
/// success only. A call that is stopped in it fails like any other that is left,
/// but what it did stays; only imgferry_images_push and _pull take theirs back.
pub const IMGFERRY_PHASE_DONE: imgferry_phase = 11;
/// imgferry_images_push starts; `source` and `destination` say what goes where.
pub const IMGFERRY_PHASE_PUSH_STARTS: imgferry_phase = 12;
/// imgferry_images_pull starts; `source` and `destination` say what goes where.
pub const IMGFERRY_PHASE_PULL_STARTS: imgferry_phase = 13;
/// An archive comes out of the engine.
pub const IMGFERRY_PHASE_SAVING: imgferry_phase = 14;
/// A root file system goes into the engine.
pub const IMGFERRY_PHASE_IMPORTING: imgferry_phase = 15;

/// The unit of the numbers of a progress record: one of the IMGFERRY_UNIT_
/// numbers.
pub type imgferry_unit = i32;

/// Bytes.
pub const IMGFERRY_UNIT_BYTES: imgferry_unit = 0;
/// Seconds: the containerd image store counts unpacking so.
pub const IMGFERRY_UNIT_SECONDS: imgferry_unit = 1;

/// One step of a transfer. The library fills it in.
///
/// It and its texts, which are never NULL, live until the callback returns.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct imgferry_progress {
    /// The size of this struct in the library that runs. Fields that later
    /// versions append are there only when it is large enough.
    pub struct_size: usize,
    /// What happens.
    pub phase: imgferry_phase,
    /// The unit of `current` and `total`.
    pub unit: imgferry_unit,
    /// The layer, as its short ID or digest; "" when the record is not about
    /// one layer.
    pub layer_id: *const c_char,
    /// A text for people: the layer and its status.
    pub message: *const c_char,
    /// The peer's own word for the phase; "" when it has none.
    pub status: *const c_char,
    /// The digest that was pushed or pulled, or the ID that an import made; only
    /// in the record IMGFERRY_PHASE_DONE, and "" when unknown.
    pub digest: *const c_char,
    /// The engine's own line of JSON; "" when the record does not come from
    /// one.
    pub raw: *const c_char,
    /// What is pushed or pulled; only in the records
    /// IMGFERRY_PHASE_PUSH_STARTS and IMGFERRY_PHASE_PULL_STARTS.
    pub source: *const c_char,
    /// Where it goes; only in the same records.
    pub destination: *const c_char,
    /// How much of this layer is done. It can exceed `total`: engines
    /// estimate.
    pub current: u64,
    /// How much there is to do for this layer; -1 when nobody knows.
    pub total: i64,
    /// Bytes done over all layers seen so far.
    pub sum_current: u64,
    /// Bytes to do over all layers seen so far; -1 while the size of a layer
    /// is not known.
    pub sum_total: i64,
}

/// Receives progress: 0 goes on, anything else ends the call with
/// IMGFERRY_CANCELLED and is kept (imgferry_error_callback_result).
///
/// It runs only on the thread that made the call, and only until the call
/// returns. It must return normally: no exception, no longjmp. It may use the
/// library.
pub type imgferry_progress_fn = Option<
    unsafe extern "C" fn(userdata: *mut c_void, progress: *const imgferry_progress) -> c_int,
>;

/// Hands records to a progress callback, and remembers how it ended the call.
pub(super) struct Observer {
    callback: unsafe extern "C" fn(*mut c_void, *const imgferry_progress) -> c_int,
    userdata: *mut c_void,
    result: c_int,
    texts: Texts,
}

/// The texts of a record, in buffers that all records of a call share: a transfer has thousands of records.
#[derive(Default)]
struct Texts {
    layer_id: Text,
    message: Text,
    status: Text,
    digest: Text,
    raw: Text,
    source: Text,
    destination: Text,
}

/// Ends with a NUL byte and has no other one, except before it is first set.
#[derive(Default)]
struct Text(String);

impl Observer {
    /// # Safety
    /// `callback` can be called with `userdata` as often as wanted, on this thread.
    pub(super) unsafe fn new(
        callback: unsafe extern "C" fn(*mut c_void, *const imgferry_progress) -> c_int,
        userdata: *mut c_void,
    ) -> Observer {
        Observer {
            callback,
            userdata,
            result: 0,
            texts: Texts::default(),
        }
    }

    /// What the callback returned last.
    pub(super) fn result(&self) -> c_int {
        self.result
    }

    fn tell(
        &mut self,
        phase: imgferry_phase,
        step: &ImageProgressStep<'_>,
        source: &str,
        destination: &str,
    ) -> ControlFlow<()> {
        let ImageProgressStep {
            phase: _,
            layer_id,
            message,
            status,
            current,
            total,
            unit,
            sum_current,
            sum_total,
            digest,
            raw,
        } = *step;
        let texts = &mut self.texts;
        let progress = imgferry_progress {
            struct_size: size_of::<imgferry_progress>(),
            phase,
            unit: unit_number(unit),
            layer_id: texts.layer_id.set(layer_id),
            message: texts.message.set(message),
            status: texts.status.set(status),
            digest: texts.digest.set(digest),
            raw: texts.raw.set(raw),
            source: texts.source.set(source),
            destination: texts.destination.set(destination),
            current,
            total: or_unknown(total),
            sum_current,
            sum_total: or_unknown(sum_total),
        };
        // SAFETY: who made this promised that it can be called; the record and its texts live until it returns.
        self.result = unsafe { (self.callback)(self.userdata, &progress) };
        match self.result {
            0 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }
}

impl Progress for Observer {
    fn push(&mut self, start: &ImageProgressPush<'_>) -> ControlFlow<()> {
        let ImageProgressPush { src, dst } = start;
        self.tell(
            IMGFERRY_PHASE_PUSH_STARTS,
            &ImageProgressStep::default(),
            &src.to_string(),
            &dst.to_string(),
        )
    }

    fn pull(&mut self, start: &ImageProgressPull<'_>) -> ControlFlow<()> {
        let ImageProgressPull { src, dst } = start;
        self.tell(
            IMGFERRY_PHASE_PULL_STARTS,
            &ImageProgressStep::default(),
            &src.to_string(),
            &dst.to_string(),
        )
    }

    fn step(&mut self, step: &ImageProgressStep<'_>) -> ControlFlow<()> {
        self.tell(phase_number(step.phase), step, "", "")
    }
}

impl Text {
    /// A NUL byte inside, which would end the text early, becomes U+FFFD.
    fn set(&mut self, text: &str) -> *const c_char {
        self.0.clear();
        match text.contains('\0') {
            false => self.0.push_str(text),
            true => self.0.push_str(&text.replace('\0', "\u{fffd}")),
        }
        self.0.push('\0');
        self.0.as_ptr().cast()
    }
}

fn phase_number(phase: Phase) -> imgferry_phase {
    match phase {
        Phase::Waiting => IMGFERRY_PHASE_WAITING,
        Phase::Preparing => IMGFERRY_PHASE_PREPARING,
        Phase::Pushing => IMGFERRY_PHASE_PUSHING,
        Phase::Downloading => IMGFERRY_PHASE_DOWNLOADING,
        Phase::Verifying => IMGFERRY_PHASE_VERIFYING,
        Phase::Extracting => IMGFERRY_PHASE_EXTRACTING,
        Phase::Loading => IMGFERRY_PHASE_LOADING,
        Phase::Saving => IMGFERRY_PHASE_SAVING,
        Phase::Importing => IMGFERRY_PHASE_IMPORTING,
        Phase::Exists => IMGFERRY_PHASE_EXISTS,
        Phase::LayerDone => IMGFERRY_PHASE_LAYER_DONE,
        Phase::Retrying => IMGFERRY_PHASE_RETRYING,
        Phase::Message => IMGFERRY_PHASE_MESSAGE,
        Phase::Done => IMGFERRY_PHASE_DONE,
    }
}

fn unit_number(unit: Unit) -> imgferry_unit {
    match unit {
        Unit::Bytes => IMGFERRY_UNIT_BYTES,
        Unit::Seconds => IMGFERRY_UNIT_SECONDS,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::ptr;

    use super::*;

    /// What the callback of the tests has seen.
    #[derive(Default)]
    struct Seen {
        records: Vec<imgferry_progress>,
        messages: Vec<String>,
        result: c_int,
    }

    unsafe extern "C" fn note(userdata: *mut c_void, progress: *const imgferry_progress) -> c_int {
        // SAFETY: the tests give one.
        let seen = unsafe { &mut *userdata.cast::<Seen>() };
        // SAFETY: the record lives until this returns.
        let progress = unsafe { *progress };
        seen.records.push(progress);
        // SAFETY: its texts live until this returns.
        let message = unsafe { CStr::from_ptr(progress.message) };
        seen.messages
            .push(message.to_str().expect("UTF-8").to_owned());
        seen.result
    }

    fn observer(seen: &mut Seen) -> Observer {
        // SAFETY: what is seen outlives the observer in each test.
        unsafe { Observer::new(note, ptr::from_mut(seen).cast()) }
    }

    #[test]
    fn what_nobody_knows_is_minus_one_and_empty() {
        let mut seen = Seen::default();
        let step = ImageProgressStep {
            sum_total: Some(u64::MAX),
            ..ImageProgressStep::default()
        };
        assert!(observer(&mut seen).step(&step).is_continue());
        let record = seen.records[0];
        assert_eq!((record.total, record.sum_total), (-1, i64::MAX));
        assert_eq!(record.phase, IMGFERRY_PHASE_MESSAGE);
        assert_eq!(seen.messages, [""]);
    }

    #[test]
    fn a_nul_inside_does_not_cut_a_text() {
        let mut seen = Seen::default();
        let step = ImageProgressStep {
            message: "\0a\0\0b",
            ..ImageProgressStep::default()
        };
        let _ = observer(&mut seen).step(&step);
        assert_eq!(seen.messages, ["\u{fffd}a\u{fffd}\u{fffd}b"]);
    }

    #[test]
    fn later_records_use_the_memory_of_the_first() {
        let mut seen = Seen::default();
        let mut observer = observer(&mut seen);
        for message in ["30619ee16bee: Downloading", "30619ee16bee: Extracting", "x"] {
            let step = ImageProgressStep {
                message,
                ..ImageProgressStep::default()
            };
            let _ = observer.step(&step);
        }
        let first = seen.records[0];
        for record in &seen.records {
            assert_eq!((record.message, record.raw), (first.message, first.raw));
        }
        assert_eq!(seen.messages[2], "x");
    }

    #[test]
    fn what_the_callback_returns_stops_and_is_kept() {
        let mut seen = Seen {
            result: -3,
            ..Seen::default()
        };
        let mut observer = observer(&mut seen);
        assert!(observer.step(&ImageProgressStep::default()).is_break());
        assert_eq!(observer.result(), -3);
    }
}
