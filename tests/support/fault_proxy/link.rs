//! One connection through the proxy: its two sockets, the faults it has, and its ways to end.

use std::collections::VecDeque;
use std::io::Read;
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;
use std::{io, panic, thread};

use socket2::Socket;

use super::delivery::unacknowledged;
use super::downward::Downward;
use super::fault::{Direction, Fault};
use super::lane::Over;
use super::plan::Armed;
use super::record::{ExchangeId, Journal};
use super::script::Script;
use super::upward::Upward;
use crate::support::scripted_engine::Head;

pub(super) struct Link {
    pub(super) client: Socket,
    pub(super) target: Socket,
    pub(super) journal: Arc<Journal>,
    /// In the journal.
    pub(super) number: usize,
    script: Mutex<Arc<Script>>,
    /// Another script, or the end.
    changed: Condvar,
    over: AtomicBool,
    /// Over by a reset.
    resets: AtomicBool,
    /// What the client says is no HTTP any more.
    opaque: AtomicBool,
    awaited: Mutex<VecDeque<Awaited>>,
    /// An answer has been passed, or none will come.
    answered: Condvar,
    no_more_answers: AtomicBool,
}

/// A request whose answer has not been passed yet.
#[derive(Clone)]
pub(super) struct Awaited {
    pub(super) request: Head,
    pub(super) method: String,
    pub(super) exchange: ExchangeId,
    /// What will happen to the answer.
    pub(super) faults: Vec<Fault>,
}

impl Link {
    pub(super) fn new(
        client: Socket,
        target: Socket,
        script: Script,
        journal: Arc<Journal>,
        number: usize,
    ) -> Self {
        Self {
            client,
            target,
            journal,
            number,
            script: Mutex::new(Arc::new(script)),
            changed: Condvar::new(),
            over: AtomicBool::new(false),
            resets: AtomicBool::new(false),
            opaque: AtomicBool::new(false),
            awaited: Mutex::new(VecDeque::new()),
            answered: Condvar::new(),
            no_more_answers: AtomicBool::new(false),
        }
    }

    pub(super) fn source(&self, direction: Direction) -> &Socket {
        match direction {
            Direction::Up => &self.client,
            Direction::Down => &self.target,
        }
    }

    pub(super) fn receiver(&self, direction: Direction) -> &Socket {
        match direction {
            Direction::Up => &self.target,
            Direction::Down => &self.client,
        }
    }

    // --- Faults ---

    pub(super) fn script(&self) -> Arc<Script> {
        Arc::clone(&self.current_script())
    }

    fn current_script(&self) -> MutexGuard<'_, Arc<Script>> {
        self.script.lock().expect("not poisoned")
    }

    /// Takes the faults of a new plan.
    pub(super) fn follow(&self, armed: Vec<Arc<Armed>>) {
        *self.current_script() = Arc::new(Script::new(armed));
        self.changed.notify_all();
    }

    /// Counts bytes that are about to be written. The receiver may look at the journal as soon as it has them.
    pub(super) fn count(&self, script: &Script, direction: Direction, bytes: u64) {
        script.count(direction, bytes);
        self.journal.passed(self.number, direction, bytes);
    }

    /// Takes back what was counted and not written.
    pub(super) fn discount(&self, script: &Script, direction: Direction, bytes: u64) {
        script.discount(direction, bytes);
        self.journal.not_passed(self.number, direction, bytes);
    }

    /// Moves nothing, neither way, until the script changes.
    pub(super) fn stall(&self, script: &Arc<Script>) -> Result<(), Over> {
        script.declare_stalled();
        self.wait_for_change(script, Duration::MAX)
    }

    /// Waits until the script changes; at most so long.
    pub(super) fn wait_for_change(
        &self,
        script: &Arc<Script>,
        limit: Duration,
    ) -> Result<(), Over> {
        let unchanged = |current: &mut Arc<Script>| Arc::ptr_eq(current, script) && !self.is_over();
        let current = self.current_script();
        drop(self.changed.wait_timeout_while(current, limit, unchanged));
        self.check()
    }

    // --- Messages ---

    /// Nothing that the client says from now on is HTTP.
    pub(super) fn give_up_messages(&self) {
        self.opaque.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_given_up_messages(&self) -> bool {
        self.opaque.load(Ordering::Relaxed)
    }

    fn awaited(&self) -> MutexGuard<'_, VecDeque<Awaited>> {
        self.awaited.lock().expect("not poisoned")
    }

    pub(super) fn await_answer(&self, awaited: Awaited) {
        self.awaited().push_back(awaited);
    }

    /// The request that the next answer is for.
    pub(super) fn next_awaited(&self) -> Option<Awaited> {
        self.awaited().front().cloned()
    }

    pub(super) fn pass_answer(&self) {
        self.awaited().pop_front();
        self.answered.notify_all();
    }

    /// Waits until every answer that was awaited has been passed.
    pub(super) fn wait_for_answers(&self) -> Result<(), Over> {
        let waiting = |awaited: &mut VecDeque<Awaited>| {
            !awaited.is_empty() && !self.no_more_answers.load(Ordering::Relaxed)
        };
        drop(self.answered.wait_while(self.awaited(), waiting));
        self.check()
    }

    fn no_more_answers(&self) {
        let awaited = self.awaited();
        self.no_more_answers.store(true, Ordering::Relaxed);
        drop(awaited);
        self.answered.notify_all();
    }

    // --- Ends ---

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    pub(super) fn check(&self) -> Result<(), Over> {
        if self.is_over() { Err(Over) } else { Ok(()) }
    }

    fn declare_over(&self) {
        // Under the lock, as a thread may be between its look and its sleep.
        let script = self.current_script();
        self.over.store(true, Ordering::Relaxed);
        drop(script);
        self.changed.notify_all();
    }

    /// Closes both sides now.
    pub(super) fn end(&self) {
        self.declare_over();
        for socket in [&self.client, &self.target] {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    /// Closes both sides; what was passed arrives.
    pub(super) fn cut(&self, direction: Direction) -> Over {
        self.wait_until_delivered(self.receiver(direction));
        self.end();
        Over
    }

    /// Resets both sides; what was passed arrives.
    pub(super) fn reset(&self, direction: Direction) -> Over {
        self.wait_until_delivered(self.receiver(direction));
        for socket in [&self.client, &self.target] {
            // Then a close is a reset.
            let _ = socket.set_linger(Some(Duration::ZERO));
        }
        self.resets.store(true, Ordering::Relaxed);
        self.declare_over();
        for socket in [&self.client, &self.target] {
            // Wakes the other thread and sends nothing; the sockets close when it has ended.
            let _ = socket.shutdown(Shutdown::Read);
        }
        Over
    }

    /// Closing a Unix socket with unread bytes is a reset: waits for such from the client.
    pub(super) fn wait_for_unread(&self) -> Result<(), Over> {
        let mut byte = [MaybeUninit::uninit()];
        loop {
            match self.client.peek(&mut byte) {
                Err(error) if is_a_wait(&error) => self.check()?,
                _ => return Ok(()),
            }
        }
    }

    /// A reset discards what the receiver has not acknowledged.
    fn wait_until_delivered(&self, receiver: &Socket) {
        while !self.is_over() && unacknowledged(receiver) > 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Reads what a Unix socket that was shut down still holds: closing it with that unread would be a reset. On TCP,
    /// it is the unread that frees a client in the middle of a write, which has the end of file by then.
    fn drain(&self, direction: Direction) {
        let (mut source, mut rest) = (self.source(direction), [0; 4096]);
        if is_unix(source) {
            while source.read(&mut rest).is_ok_and(|count| count > 0) {}
        }
    }
}

pub(super) fn is_unix(socket: &Socket) -> bool {
    socket.local_addr().is_ok_and(|own| own.is_unix())
}

/// Whether a read or a write only took longer than a slice.
pub(super) fn is_a_wait(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

/// Moves bytes both ways until both are done.
pub(super) fn serve(link: &Link) {
    thread::scope(|scope| {
        let down = thread::Builder::new()
            .name("fault-proxy-down".to_owned())
            .spawn_scoped(scope, || {
                let _end = EndOfThread(link, Direction::Down);
                let _ = Downward::new(link).run();
            })
            .expect("start a thread");
        let up = EndOfThread(link, Direction::Up);
        let _ = Upward::new(link).run();
        drop(up);
        if let Err(reason) = down.join() {
            panic::resume_unwind(reason);
        }
    });
}

/// Leaves the other direction in order, also in a panic.
struct EndOfThread<'a>(&'a Link, Direction);

impl Drop for EndOfThread<'_> {
    fn drop(&mut self) {
        let Self(link, direction) = *self;
        if thread::panicking() {
            link.end();
        }
        if direction == Direction::Down {
            link.no_more_answers();
        }
        if link.is_over() && !link.resets.load(Ordering::Relaxed) {
            link.drain(direction);
        }
    }
}
