//! Processes that copy, and are killed.

use std::env;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use imgferry::{CopyOptions, Place, PlaceOptions};

use crate::copy;
use crate::support::{Direction, FaultProxy};

/// What the process that is to be killed copies, and where to.
const ORDER: [&str; 2] = ["IMGFERRY_TEST_COPY_FROM", "IMGFERRY_TEST_COPY_TO"];

/// In the process that is to be killed: does its work.
pub fn is_to_be_killed() -> bool {
    let [Ok(from), Ok(to)] = ORDER.map(env::var) else {
        return false;
    };
    copy(&parse(&from), &parse(&to), &CopyOptions::default()).expect("a copy");
    true
}

pub fn parse(place: &str) -> Place {
    Place::parse(place, &PlaceOptions::default()).expect("a place")
}

/// A process that does not outlive its test.
pub struct Doomed(Child);

impl Doomed {
    /// Runs the test that calls this once more, to copy.
    pub fn start(from: &str, to: &str) -> Doomed {
        let test = thread::current().name().expect("its name").to_owned();
        let started = Command::new(env::current_exe().expect("this test"))
            .args(["--exact", &test])
            .envs(ORDER.into_iter().zip([from, to]))
            .stdout(Stdio::null())
            .spawn();
        Doomed(started.expect("run this test"))
    }

    /// Whether it has ended by itself, as it should.
    pub fn has_ended(&mut self) -> bool {
        let ended = self.0.try_wait().expect("a process");
        assert!(ended.is_none_or(|status| status.success()), "{ended:?}");
        ended.is_some()
    }

    /// Kills it when the proxy has passed so many bytes. True when it had ended before.
    pub fn kill_after(mut self, proxy: &FaultProxy, direction: Direction, bytes: u64) -> bool {
        let until = Instant::now() + Duration::from_secs(60);
        let before = passed(proxy, direction);
        let ended = loop {
            assert!(Instant::now() < until, "it neither copies nor ends");
            if self.has_ended() {
                break true;
            }
            if passed(proxy, direction) - before >= bytes {
                break false;
            }
            thread::sleep(Duration::from_millis(1));
        };
        drop(self);
        // What is on the line is some megabytes, which would still arrive.
        proxy.cut_connections();
        while proxy.connections().iter().any(|one| one.open) {
            assert!(Instant::now() < until, "its connections end");
            thread::sleep(Duration::from_millis(1));
        }
        ended
    }
}

impl Drop for Doomed {
    fn drop(&mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("ended");
    }
}

fn passed(proxy: &FaultProxy, direction: Direction) -> u64 {
    let connections = proxy.connections();
    let bytes = connections.iter().map(|connection| match direction {
        Direction::Up => connection.up,
        Direction::Down => connection.down,
    });
    bytes.sum()
}
