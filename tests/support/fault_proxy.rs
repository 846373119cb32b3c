//! A proxy that misbehaves: it stands in front of a real part, on TCP or on a Unix socket, and does by plan what no
//! part can be made to do.
//!
//! ```text
//! let proxy = FaultProxy::in_front_of(Registry::shared(), Plan::every_bytes(100_000));
//! // … work with proxy.host() …
//! proxy.set(Plan::none());
//! assert_eq!(proxy.connections().len(), 3);
//! ```
//!
//! Bytes pass as they come. Of HTTP the proxy knows where messages begin and end: it counts requests and keeps their
//! heads, and holds a message back only where a fault is about messages. What is no HTTP/1 (TLS, say) passes unread.
//!
//! Know your client: the Docker Engine tries TLS first where it knows a registry to be plain, which is one connection
//! more and no request.

mod answer;
mod delivery;
mod downward;
mod fault;
mod framing;
mod lane;
mod link;
mod place;
mod plan;
mod record;
mod script;
mod upward;

use std::any::Any;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::thread::{self, JoinHandle};
use std::{mem, panic};

use socket2::Socket;

pub use answer::Answer;
pub use fault::{Direction, Fault, Requests, Then};
pub use place::{Listen, Target};
pub use plan::{Dice, Plan};
pub use record::{Connection, Exchange};

use link::Link;
use place::Door;
use record::Journal;
use script::Script;

/// A running proxy. Dropping it closes all its connections and waits until no thread of it is left; a panic in one of
/// them (in a rewrite, say) goes on in the thread that drops it.
pub struct FaultProxy {
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

/// What the proxy and its threads share.
struct Shared {
    door: Door,
    target: Target,
    journal: Arc<Journal>,
    state: Mutex<State>,
}

struct State {
    plan: Arc<Plan>,
    /// The connections accepted since the plan was set.
    accepted: u64,
    open: Vec<Weak<Link>>,
    threads: Vec<JoinHandle<()>>,
    /// Of threads that were joined already.
    panics: Vec<Box<dyn Any + Send>>,
    stopping: bool,
}

impl FaultProxy {
    /// Listens on what the target listens on: a Unix socket of its own for one, a free port of 127.0.0.1 for a port.
    #[track_caller]
    pub fn in_front_of(target: impl Into<Target>, plan: Plan) -> Self {
        let target = target.into();
        let listen = match target {
            Target::Tcp(_) => Listen::Tcp,
            Target::Unix(_) => Listen::Unix,
        };
        Self::listening_on(listen, target, plan)
    }

    /// The same, listening on either.
    #[track_caller]
    pub fn listening_on(listen: Listen, target: impl Into<Target>, plan: Plan) -> Self {
        let shared = Arc::new(Shared {
            door: Door::open(listen),
            target: target.into(),
            journal: Arc::new(Journal::default()),
            state: Mutex::new(State {
                plan: Arc::new(plan),
                accepted: 0,
                open: Vec::new(),
                threads: Vec::new(),
                panics: Vec::new(),
                stopping: false,
            }),
        });
        let all = Arc::clone(&shared);
        let acceptor = spawn("fault-proxy", move || {
            while let Some(client) = all.door.accept() {
                all.welcome(client);
            }
        });
        Self {
            shared,
            acceptor: Some(acceptor),
        }
    }

    /// `127.0.0.1:PORT` of a proxy that listens on TCP.
    #[track_caller]
    pub fn host(&self) -> &str {
        self.shared.door.host()
    }

    /// The path of a proxy that listens on a Unix socket.
    #[track_caller]
    pub fn socket(&self) -> &Path {
        self.shared.door.socket()
    }

    /// As `DOCKER_HOST` names it: `unix:///…` or `tcp://…`.
    pub fn endpoint(&self) -> String {
        self.shared.door.endpoint()
    }

    /// Changes the plan. It holds for connections that are open, too: faults of bytes from the next bytes on, counted
    /// from now, and faults of requests from the next request on; a stalled connection goes on. Only
    /// [`Plan::nth_connection`] and [`Plan::random`] are about connections that come: the next one is number 1.
    pub fn set(&self, plan: Plan) {
        let mut state = self.shared.state();
        state.plan = Arc::new(plan);
        state.accepted = 0;
        for link in state.open.iter().filter_map(Weak::upgrade) {
            link.follow(state.plan.faults_of(None));
        }
    }

    /// Closes the connections that are open, as a part that restarts does. New ones are welcome.
    pub fn cut_connections(&self) {
        self.shared.end_connections();
    }

    /// Every connection so far, in the order of their coming.
    pub fn connections(&self) -> Vec<Connection> {
        self.shared.journal.connections()
    }

    /// Every request so far, over all connections, in the order of their coming.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.shared.journal.exchanges()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.state().stopping = true;
        self.shared.door.close();
        self.shared.end_connections();
        // After the acceptor there are no new threads.
        let acceptor = self.acceptor.take().map(JoinHandle::join);
        let mut state = self.shared.state();
        let (threads, mut panics) = (mem::take(&mut state.threads), mem::take(&mut state.panics));
        drop(state);
        let ends = acceptor
            .into_iter()
            .chain(threads.into_iter().map(JoinHandle::join));
        panics.extend(ends.filter_map(Result::err));
        if let Some(reason) = panics.pop()
            && !thread::panicking()
        {
            panic::resume_unwind(reason);
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("not poisoned")
    }

    fn end_connections(&self) {
        let open: Vec<_> = self.state().open.iter().filter_map(Weak::upgrade).collect();
        for link in open {
            link.end();
        }
    }

    /// Gives the connection its number and a thread.
    fn welcome(self: &Arc<Self>, client: Socket) {
        let mut state = self.state();
        state.accepted += 1;
        let (plan, number) = (Arc::clone(&state.plan), state.accepted);
        let connection = self.journal.connection();
        state.open.retain(|link| link.strong_count() > 0);
        // An ended thread keeps its stack until it is joined.
        let (ended, running) = mem::take(&mut state.threads)
            .into_iter()
            .partition::<Vec<_>, _>(JoinHandle::is_finished);
        state.threads = running;
        let panics = ended.into_iter().filter_map(|thread| thread.join().err());
        state.panics.extend(panics);
        let all = Arc::clone(self);
        state.threads.push(spawn("fault-proxy-up", move || {
            // A target that is not there: the client is hung up on.
            if let Some(target) = all.target.connect()
                && let Some(link) = all.link(client, target, connection, &plan, number)
            {
                link::serve(&link);
            }
            all.journal.closed(connection);
        }));
    }

    fn link(
        &self,
        client: Socket,
        target: Socket,
        connection: usize,
        plan: &Arc<Plan>,
        number: u64,
    ) -> Option<Arc<Link>> {
        let mut faults = plan.faults_of(Some(number));
        let mut state = self.state();
        if state.stopping {
            return None;
        }
        if !Arc::ptr_eq(plan, &state.plan) {
            // It was open when the plan was set.
            faults = state.plan.faults_of(None);
        }
        let link = Arc::new(Link::new(
            client,
            target,
            Script::new(faults),
            Arc::clone(&self.journal),
            connection,
        ));
        state.open.push(Arc::downgrade(&link));
        Some(link)
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .expect("start a thread")
}
