//! Where a fault strikes an operation: at each request, and at bytes of each connection, once or for good.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use imgferry::{Call, Result};

use crate::faults::{Class, FAULTS, FaultKind, Make};
use crate::operations::Operation;
use crate::scene::Scene;
use crate::stage::Stage;
use crate::state::State;
use crate::support::{Answer, Connection, Dice, Direction, Fault, Plan, Requests, deep};

/// An operation meets so many kinds of faults in a sample.
const SAMPLED_FAULTS: usize = 5;

/// So many cases of one kind of fault are run of an operation in a deep run; faults of bytes have more places.
const DEEP_PLACES: usize = 1;
const DEEP_PLACES_OF_BYTES: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Of the connection with this number, or of all.
    Bytes {
        connection: Option<u64>,
        direction: Direction,
        bytes: u64,
    },
    /// This request, or it and all that follow.
    Request { number: u64, lasts: bool },
}

#[derive(Clone, Copy)]
pub struct Case {
    pub fault: &'static FaultKind,
    pub place: Place,
}

/// What an operation does when nothing goes wrong.
pub struct Rehearsal {
    pub said: String,
    pub before: State,
    pub after: State,
}

/// The cases to run, and the measure for them.
pub struct Cases {
    pub rehearsal: Rehearsal,
    pub cases: Vec<Case>,
}

/// The cases of an operation: of all kinds of faults in a deep run, else of some.
pub fn of(operation: &Operation, stage: &'static Stage, dice: &mut Dice) -> Cases {
    let mut dice = dice.named(operation.name);
    let (rehearsal, traffic) = rehearse(operation, stage);
    let mut kinds: Vec<_> = FAULTS
        .iter()
        .map(|fault| (fault, traffic.places(fault)))
        .filter(|(_, places)| !places.is_empty())
        .collect();
    if !deep() {
        shuffle(&mut kinds, &mut dice);
        kinds.truncate(SAMPLED_FAULTS);
    }
    let mut cases = Vec::new();
    for (fault, mut places) in kinds {
        shuffle(&mut places, &mut dice);
        places.truncate(match (deep(), &fault.make) {
            (false, _) => 1,
            (true, Make::Bytes(_)) => DEEP_PLACES_OF_BYTES,
            (true, _) => DEEP_PLACES,
        });
        cases.extend(places.into_iter().map(|place| Case { fault, place }));
    }
    Cases { rehearsal, cases }
}

/// What passed the proxy in a rehearsal.
struct Traffic {
    connections: Vec<Connection>,
    /// The request lines, in their order.
    requests: Vec<String>,
    answers: Vec<(String, Answer)>,
}

impl Traffic {
    fn places(&self, fault: &FaultKind) -> Vec<Place> {
        match fault.make {
            Make::Bytes(_) => self.places_of_bytes(),
            Make::Rate(_) => [None, Some(1)]
                .into_iter()
                .flat_map(|connection| both_ways(connection, 0))
                .collect(),
            Make::Requests(_) => (1..=self.requests.len()).flat_map(at_request).collect(),
            Make::Answers(change) => {
                let changed: HashSet<_> = self
                    .answers
                    .iter()
                    .filter(|(line, answer)| {
                        let mut other = answer.clone();
                        change(line, &mut other);
                        other != *answer
                    })
                    .map(|(line, _)| line)
                    .collect();
                let numbered = self.requests.iter().zip(1..);
                let struck = numbered.filter(|(line, _)| changed.contains(line));
                struck.flat_map(|(_, number)| at_request(number)).collect()
            }
        }
    }

    /// Near both ends and in the middle of what passed on each connection.
    fn places_of_bytes(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for (connection, number) in self.connections.iter().zip(1..) {
            for (direction, all) in [
                (Direction::Up, connection.up),
                (Direction::Down, connection.down),
            ] {
                let ends = [0, 1, all / 3, all / 2, all.saturating_sub(1)];
                for bytes in ends.into_iter().filter(|bytes| *bytes < all) {
                    for connection in [Some(number), None] {
                        places.push(Place::Bytes {
                            connection,
                            direction,
                            bytes,
                        });
                    }
                }
            }
        }
        places
    }
}

fn both_ways(connection: Option<u64>, bytes: u64) -> [Place; 2] {
    [Direction::Up, Direction::Down].map(|direction| Place::Bytes {
        connection,
        direction,
        bytes,
    })
}

fn at_request(number: usize) -> [Place; 2] {
    [false, true].map(|lasts| Place::Request {
        number: number as u64,
        lasts,
    })
}

/// Runs the operation with nothing in its way.
fn rehearse(operation: &Operation, stage: &'static Stage) -> (Rehearsal, Traffic) {
    let answers = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&answers);
    let listen = Fault::rewrite(Requests::all(), move |head, answer| {
        let mut log = log.lock().expect("not poisoned");
        log.push((head.request.clone(), answer.clone()));
    });
    let scene = Scene::new(stage, operation.at, Plan::always(listen));
    (operation.prepare)(&scene);
    let before = State::of(&scene, operation.has_engine());
    let said = run(operation, &scene);
    let said = said.unwrap_or_else(|error| panic!("{}: {}", operation.name, error.report()));
    let after = State::of(&scene, operation.has_engine());
    let rehearsal = Rehearsal {
        said,
        before,
        after,
    };
    scene.tidy_up(operation.has_engine());
    let exchanges = scene.proxy.exchanges().into_iter();
    let traffic = Traffic {
        connections: scene.proxy.connections(),
        requests: exchanges.map(|exchange| exchange.request.request).collect(),
        answers: answers.lock().expect("not poisoned").clone(),
    };
    (rehearsal, traffic)
}

fn run(operation: &Operation, scene: &Scene) -> Result<String> {
    (operation.run)(scene, &mut Call::new()).map(|said| scene.normal(&said))
}

impl Case {
    pub fn class(&self) -> Class {
        self.fault.class
    }

    pub fn plan(&self) -> Plan {
        match (self.place, &self.fault.make) {
            (
                Place::Bytes {
                    connection,
                    direction,
                    bytes,
                },
                Make::Bytes(make),
            ) => on(connection, make(direction, bytes)),
            (
                Place::Bytes {
                    connection,
                    direction,
                    ..
                },
                Make::Rate(bytes_per_second),
            ) => on(
                connection,
                Fault::Trickle {
                    direction,
                    bytes_per_second: *bytes_per_second,
                },
            ),
            (Place::Request { number, lasts }, make) => {
                let requests = match lasts {
                    true => Requests::from(number),
                    false => Requests::nth(number),
                };
                Plan::always(match make {
                    Make::Requests(make) => make(requests),
                    Make::Answers(change) => {
                        let change = *change;
                        Fault::rewrite(requests, move |head, answer| change(&head.request, answer))
                    }
                    Make::Bytes(_) | Make::Rate(_) => unreachable!("they strike at bytes"),
                })
            }
            (Place::Bytes { .. }, _) => unreachable!("they strike at requests"),
        }
    }
}

fn on(connection: Option<u64>, fault: Fault) -> Plan {
    match connection {
        Some(number) => Plan::nth_connection(number, fault),
        None => Plan::always(fault),
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, ", self.fault.class.title(), self.fault.name)?;
        match self.place {
            Place::Bytes {
                connection,
                direction,
                bytes,
            } => {
                write!(f, "after {bytes} bytes {direction:?} of ")?;
                match connection {
                    Some(number) => write!(f, "connection {number}"),
                    None => write!(f, "each connection"),
                }
            }
            Place::Request { number, lasts } => {
                let and_on = if lasts { " and all after it" } else { "" };
                write!(f, "at request {number}{and_on}")
            }
        }
    }
}

fn shuffle<T>(values: &mut [T], dice: &mut Dice) {
    for at in (1..values.len()).rev() {
        let other = dice.below(at as u64 + 1);
        values.swap(at, usize::try_from(other).expect("an index"));
    }
}
