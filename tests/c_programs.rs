//! What C programs rely on: memory, callbacks, threads, children, signals; and that what watches their memory finds
//! what is wrong. Each runs under valgrind, and once more with sanitizers, which also see what the stack suffers and what C
//! leaves undefined.

mod support;

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use support::{
    CProgram, DETAILS, Engine, FOUND, ForwardProxy, ImageSpec, Library, Manner, Nginx,
    NginxOptions, Registry, RegistryOptions, Scripted, ScriptedEngine, TempDir, answer,
    each_fault_is_found, expect_success, free_port, registry_with_an_image, respond,
    root_file_system, say, scripted_registry, search_index, silent_engine, swallow, unique,
};

/// How a program is built that valgrind watches, and one that sanitizers do.
const WATCHED: [fn(&str, Library) -> CProgram; 2] = [CProgram::build, CProgram::build_sanitized];

#[test]
fn what_needs_no_peer_works_with_both_libraries() {
    for library in Library::BOTH {
        for build in WATCHED {
            build("tour.c", library).run_checked([""; 0]);
        }
    }
}

#[test]
fn what_is_done_wrong_is_found() {
    for build in WATCHED {
        each_fault_is_found(&build("faulty.c", Library::Shared));
    }
}

#[test]
fn what_the_library_notes_is_told_to_who_wants_it() {
    for build in WATCHED {
        let nobody = format!("127.0.0.1:{}", free_port());
        build("log.c", Library::Shared).run_checked([nobody]);
    }
}

#[test]
fn eight_threads_share_handles_and_nothing_of_theirs_is_touched_by_others() {
    let (engine, folder) = (Engine::shared(), TempDir::new("threads"));
    let name = format!("demo/{}:1", unique("threads"));
    let archive = folder.join("image.tar");
    let image = ImageSpec::small(&name);
    image.write_archive(&archive);
    engine.load(&image);
    let output = CProgram::build("threads.c", Library::Shared).helgrind([
        &engine.endpoint(),
        &name,
        archive.to_str().expect("a path in UTF-8"),
        folder.path().to_str().expect("a path in UTF-8"),
    ]);
    expect_success(&output);
}

#[test]
fn what_two_threads_change_without_a_lock_is_found() {
    let output = CProgram::build("race.c", Library::Shared).helgrind([""; 0]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("Possible data race"), "{said}");
    assert_eq!(output.status.code(), Some(FOUND), "{said}");
}

#[test]
fn an_image_goes_its_whole_way_and_every_result_is_told() {
    for build in WATCHED {
        let (engine, registry, folder) =
            (Engine::shared(), Registry::shared(), TempDir::new("whole"));
        let program = build("whole.c", Library::Static);
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
}

#[test]
fn images_come_out_on_every_way() {
    for build in WATCHED {
        let (engine, folder) = (Engine::shared(), TempDir::new("archives"));
        let name = format!("demo/{}:1", unique("archives"));
        let archive = folder.join("image.tar");
        ImageSpec::small(&name).write_archive(&archive);
        let out = folder.join("out");
        fs::create_dir(&out).expect("a folder");
        let text = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
        let arguments = [engine.endpoint(), text(&archive), name, text(&out)];
        build("archives.c", Library::Static).run_checked(&arguments);
        let expected = ["by-descriptor.tar", "by-path.tar", "by-reader.tar"];
        assert_eq!(names_in(&out), expected, "no part of a file stays");
    }
}

/// The names of what is in a folder, sorted.
fn names_in(folder: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(folder).expect("the folder");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    names
}

#[test]
fn a_root_file_system_goes_in_on_every_way() {
    for build in WATCHED {
        let (engine, registry, folder) = (Engine::shared(), Registry::shared(), TempDir::new("in"));
        let tar = folder.join("root.tar");
        fs::write(&tar, root_file_system()).expect("a file");
        let server = Scripted::with(|_| Some(respond(200, &[], &root_file_system())));
        let url = format!("http://{}/root.tar", server.host());
        let image = format!("{}/{}:1", registry.host(), unique("from-image"));
        let archive = folder.join("image.tar");
        ImageSpec::small(&image).write_archive(&archive);
        engine.docker_ok(&["load", "--input", archive.to_str().expect("UTF-8")]);
        engine.docker_ok(&["push", &image]);
        build("imports.c", Library::Shared).run_checked([
            &engine.endpoint(),
            tar.to_str().expect("a path in UTF-8"),
            &url,
            &format!("demo/{}", unique("imports")),
            &image,
        ]);
    }
}

#[test]
fn an_engine_is_asked_and_cleaned_up() {
    for build in WATCHED {
        let (engine, registry, folder) = (Engine::start(), Registry::shared(), TempDir::new("ask"));
        let index = search_index();
        let mut image = ImageSpec::small(&format!("{}/asked:1", registry.host()));
        let (archive, other) = (folder.join("image.tar"), folder.join("other.tar"));
        let id = image.write_archive(&archive).id;
        image.seed += 1;
        image.write_archive(&other);
        build("ask.c", Library::Shared).run_checked([
            &engine.endpoint(),
            registry.host(),
            archive.to_str().expect("a path in UTF-8"),
            &id,
            index.host(),
            other.to_str().expect("a path in UTF-8"),
        ]);
        assert!(index.lines().iter().any(|line| line.contains("n=2")));
    }
}

#[test]
fn everything_that_a_registry_shows_is_told() {
    for build in WATCHED {
        let (registry, diff_id) = registry_with_an_image();
        let scripted = scripted_registry();
        let arguments = [registry.host(), scripted.host(), &diff_id];
        build("registry.c", Library::Static).run_checked(arguments);
    }
}

#[test]
fn blobs_come_out_of_a_registry_on_every_way() {
    for build in WATCHED {
        let (registry, diff_id) = registry_with_an_image();
        let (scripted, folder) = (scripted_registry(), TempDir::new("blobs"));
        build("blobs.c", Library::Shared).run_checked([
            registry.host(),
            scripted.host(),
            &diff_id,
            folder.path().to_str().expect("a path in UTF-8"),
        ]);
        assert_eq!(
            names_in(folder.path()),
            ["by-descriptor", "by-path"],
            "no part of a file stays"
        );
    }
}

#[test]
fn blobs_and_manifests_go_into_a_registry_on_every_way() {
    for build in WATCHED {
        let registry = Registry::start(RegistryOptions {
            htpasswd: Some("me:pass-word".into()),
            ..RegistryOptions::default()
        });
        let never_ready = Scripted::with(|asked| match asked.line.split_once("/v2/")?.1 {
            "" => None,
            rest if rest.starts_with("limited/") => Some(respond(429, &[("Retry-After", "1")], "")),
            _ => Some(respond(503, &[], "")),
        });
        let folder = TempDir::new("upload");
        // What comes from a pipe or a callback lies here meanwhile.
        let kept = TempDir::new("kept");
        build("upload.c", Library::Shared)
            .env("TMPDIR", kept.path().to_str().expect("a path in UTF-8"))
            .run_checked([
                registry.host(),
                folder.path().to_str().expect("a path in UTF-8"),
                never_ready.host(),
            ]);
        assert_eq!(names_in(kept.path()), [""; 0], "no part of a blob stays");
        // 5, 1 and 3 of a registry that is never ready, and 2 when it wants to be left alone for longer than is waited.
        assert_eq!(never_ready.lines().len(), 11);
        let given_up = registry.requests().into_iter().filter(|request| {
            request.method == "DELETE" && request.path.contains("/blobs/uploads/")
        });
        assert_eq!(
            given_up.count(),
            2,
            "of a wrong digest, and in place of a mount"
        );
    }
}

#[test]
fn an_image_goes_from_place_to_place_and_is_told_listed_and_removed_there() {
    for build in WATCHED {
        let (engine, registry, folder) =
            (Engine::shared(), Registry::shared(), TempDir::new("copy"));
        let image = format!("{}/{}:1", registry.host(), unique("copy"));
        let id = ImageSpec::small(&image).push_by_skopeo(&image).id;
        let name = format!("demo/{}:1", unique("copied"));
        build("copy.c", Library::Static).run_checked([
            &engine.endpoint(),
            registry.host(),
            &image,
            &name,
            folder.path().to_str().expect("a path in UTF-8"),
            &id,
        ]);
        let expected = ["archive.tar", "layout", "layout.tar", "stopped"];
        assert_eq!(names_in(folder.path()), expected, "no part of a file stays");
    }
}

#[test]
fn an_engine_is_reached_over_tls() {
    let engine = Engine::start_with_tls();
    let file = |name| engine.certificates().join(name).display().to_string();
    // Not under valgrind, which takes the output of the cipher's assembly for memory that nobody has written.
    CProgram::build_sanitized("tls.c", Library::Shared).run_checked([
        engine.tls_endpoint(),
        file("ca.pem"),
        file("cert.pem"),
        file("key.pem"),
        file("other-ca.pem"),
    ]);
}

#[test]
fn a_registry_is_reached_as_the_options_and_the_environment_say() {
    let nginx = Nginx::in_front_of(
        Registry::shared().host(),
        &NginxOptions {
            client_certificates: true,
            ..NginxOptions::default()
        },
    );
    let proxy = ForwardProxy::start(Manner::Http);
    let home = TempDir::new("home");
    let named = nginx.host().replace("127.0.0.1", "registry.test");
    let folders = home.join(".config/containers/certs.d");
    let certificate = |name| nginx.certificates().join(name);
    for host in [nginx.host(), &named] {
        let folder = folders.join(host);
        fs::create_dir_all(&folder).expect("folders");
        for (name, own_name) in [
            ("ca.pem", "ca.crt"),
            ("cert.pem", "me.cert"),
            ("key.pem", "me.key"),
        ] {
            fs::copy(certificate(name), folder.join(own_name)).expect("copy a certificate");
        }
    }
    let text = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
    CProgram::build_sanitized("reach.c", Library::Shared)
        .env("HOME", text(home.path()))
        .env("https_proxy", proxy.url(""))
        .env("no_proxy", "")
        // Not under valgrind, as above.
        .run_checked([
            nginx.host(),
            &text(&certificate("ca.pem")),
            &text(&certificate("cert.pem")),
            &text(&certificate("key.pem")),
            &text(&folders),
            &proxy.url(""),
            &named,
        ]);
    let asked = nginx
        .access_log()
        .wait_for_request(0, |request| request.user_agent.contains('('));
    assert!(
        asked.user_agent.ends_with(" (tests/1.0)"),
        "{}",
        asked.user_agent
    );
    assert_eq!(proxy.asked(), [named.as_str(), &named]);
}

#[test]
fn a_reader_ends_with_its_peer_and_a_peer_with_its_reader() {
    for build in WATCHED {
        let (stopped, stops) = mpsc::channel();
        let part = ScriptedEngine::start(move |head, connection| {
            let chunk = [b"400\r\n".as_slice(), &[0; 1024], b"\r\n"].concat();
            say(
                connection,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            );
            say(connection, &chunk);
            if head.request.contains("endless") {
                while connection.get_mut().write_all(&chunk).is_ok() {}
                stopped.send(()).expect("the test waits");
            } else if head.request.contains("failed") {
                let failure = r#"{"errorDetail":{"message":"broken"},"error":"broken"}"#;
                say(
                    connection,
                    format!("{:x}\r\n{failure}\r\n0\r\n\r\n", failure.len()),
                );
                return true;
            } else if head.request.contains("silent") {
                // Until the client goes.
                let _ = connection.read(&mut [0]);
            }
            false
        });
        build("reader.c", Library::Shared).run_checked([part.endpoint()]);
        stops
            .recv_timeout(Duration::from_secs(10))
            .expect("the engine noticed that nobody reads");
    }
}

#[test]
fn callbacks_and_other_threads_end_calls() {
    for build in WATCHED {
        let part = silent_engine();
        build("callbacks.c", Library::Shared).run_checked([part.endpoint()]);
    }
}

#[test]
fn a_forked_child_leaves_its_parents_connections_alone() {
    let connections = Arc::new(Mutex::new(HashSet::new()));
    let seen = Arc::clone(&connections);
    let part = ScriptedEngine::start(move |head, connection| {
        seen.lock()
            .expect("not poisoned")
            .insert(thread::current().id());
        match head.request.contains("/images/get?") {
            // Zeros: a tar without entries.
            true => say(connection, answer(&"\0".repeat(200_000))),
            false => say(connection, answer(DETAILS)),
        }
        true
    });
    CProgram::build_sanitized("fork.c", Library::Shared).run_checked([part.endpoint()]);
    // Each connection is served by a thread: one for the parent's reader, which was used before, one for what it asks
    // meanwhile, and one for each child's own engine: there are two children.
    assert_eq!(connections.lock().expect("not poisoned").len(), 4);
}

#[test]
fn a_configuration_says_which_registries_have_names() {
    for build in WATCHED {
        let folder = TempDir::new("config");
        let file = folder.join("config.json");
        let text = r#"{"cluster_name":"main","org_name":"acme","project_name":"ml",
        "username":"me","token":"s3cret","clusters":{
            "main":{"registry_url":"https://registry.example","orgs":["acme"]},
            "lab":{"registry_url":"http://lab.example:5000","token_file":"lab-token"}}}"#;
        fs::write(&file, text).expect("write a file");
        let broken = folder.join("broken.json");
        fs::write(&broken, r#"{"clusters":{"main":{"token":["s3cret"]}}}"#).expect("write a file");
        let text = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
        build("config.c", Library::Static)
            .env("IMGFERRY_CONFIG", text(&file))
            .env("IMGFERRY_PROJECT", "from-env")
            .run_checked([text(&file), text(&broken)]);
    }
}

#[test]
fn a_locked_registry_is_opened_by_a_callback_and_by_dockers_logins() {
    for build in WATCHED {
        let registry = Registry::start(RegistryOptions {
            htpasswd: Some("me:pass-word".into()),
            ..RegistryOptions::default()
        });
        let part = ScriptedEngine::start(|_, connection| {
            say(
                connection,
                "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}",
            );
            true
        });
        let folder = TempDir::new("credentials");
        let config = r#"{"credsStore":"test"}"#;
        fs::write(folder.join("config.json"), config).expect("write a file");
        let helper = folder.join("docker-credential-test");
        let script = "#!/bin/sh\necho '{\"Username\":\"me\",\"Secret\":\"pass-word\"}'\n";
        fs::write(&helper, script).expect("write a file");
        fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).expect("chmod");
        let text = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        build("credentials.c", Library::Shared)
            .env("DOCKER_CONFIG", text(folder.path()))
            .env("HOME", text(folder.path()))
            .env("XDG_RUNTIME_DIR", text(folder.path()))
            .env("PATH", path)
            .run_checked([registry.host(), &part.endpoint()]);
        let meta = part
            .requests()
            .iter()
            .flat_map(|head| head.headers.clone())
            .any(|header| header.trim().eq_ignore_ascii_case("x-meta-name: of mine"));
        assert!(meta, "the header was sent");
    }
}

#[test]
fn a_peer_that_closes_is_an_error_and_no_signal() {
    let turn = AtomicU64::new(0);
    let part = ScriptedEngine::start(move |_, connection| {
        // At another place each time, from the head of the request on.
        swallow(connection, 7919 * turn.fetch_add(1, Ordering::Relaxed));
        false
    });
    CProgram::build_sanitized("sigpipe.c", Library::Shared)
        .run_checked([part.endpoint(), "50".to_owned()]);
}
