//! What C programs rely on: memory, callbacks, threads, children, signals; and that the check of memory can fail.

mod support;

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use support::{
    CProgram, Engine, ImageSpec, Library, Registry, ScriptedEngine, TempDir, say, swallow, unique,
};

/// What an engine says of an image, as short as it can be.
const DETAILS: &str = r#"{"Id":"sha256:1","Os":"linux"}"#;

fn answer(document: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{document}",
        document.len()
    )
}

#[test]
fn what_needs_no_peer_works_with_both_libraries() {
    for library in Library::BOTH {
        CProgram::build("tour.c", library).run_checked([""; 0]);
    }
}

#[test]
fn a_lost_error_is_found() {
    let said = CProgram::build("leak.c", Library::Shared).run_to_be_blamed([""; 0]);
    assert!(said.contains("definitely lost"), "{said}");
}

#[test]
fn an_image_goes_its_whole_way_and_every_result_is_told() {
    let (engine, registry, folder) = (Engine::shared(), Registry::shared(), TempDir::new("whole"));
    let program = CProgram::build("whole.c", Library::Static);
    let repository = unique("whole");
    let archive = folder.join("image.tar");
    let image = ImageSpec::small(&format!("{}/{repository}:1", registry.host()));
    let image = image.write_archive(&archive);
    let archive = archive.to_str().expect("a path in UTF-8");
    program.run_checked([
        &engine.endpoint(),
        registry.host(),
        &repository,
        archive,
        &image.id,
    ]);
}

#[test]
fn callbacks_and_other_threads_end_calls() {
    let part = ScriptedEngine::start(|head, connection| {
        if head.request.contains("/images/create?") {
            // Longer than anybody waits.
            thread::sleep(Duration::from_secs(60));
        } else if head.request.contains("/images/load?") {
            // The end of a body in chunks.
            let mut ending = [0; 5];
            while ending != *b"0\r\n\r\n" {
                let mut byte = [0];
                if std::io::Read::read(connection, &mut byte).unwrap_or(0) == 0 {
                    return false;
                }
                ending.rotate_left(1);
                ending[4] = byte[0];
            }
            say(
                connection,
                answer(r#"{"stream":"Loaded image: demo/app:1\n"}"#),
            );
        } else {
            say(connection, answer(DETAILS));
        }
        true
    });
    CProgram::build("callbacks.c", Library::Shared).run_checked([part.endpoint()]);
}

#[test]
fn a_forked_child_leaves_its_parents_connections_alone() {
    let connections = Arc::new(Mutex::new(HashSet::new()));
    let seen = Arc::clone(&connections);
    let part = ScriptedEngine::start(move |_, connection| {
        seen.lock()
            .expect("not poisoned")
            .insert(thread::current().id());
        say(connection, answer(DETAILS));
        true
    });
    CProgram::build("fork.c", Library::Shared).run([part.endpoint()]);
    // Each connection is served by a thread: one for the parent before and after, and one for the child's own engine.
    assert_eq!(connections.lock().expect("not poisoned").len(), 2);
}

#[test]
fn a_peer_that_closes_is_an_error_and_no_signal() {
    let turn = AtomicU64::new(0);
    let part = ScriptedEngine::start(move |_, connection| {
        // At another place each time, from the head of the request on.
        swallow(connection, 7919 * turn.fetch_add(1, Ordering::Relaxed));
        false
    });
    CProgram::build("sigpipe.c", Library::Shared).run([part.endpoint(), "50".to_owned()]);
}
