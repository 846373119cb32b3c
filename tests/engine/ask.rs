//! Asking the engine: history, distribution, search, prune.

use imgferry::{Call, Credential, ErrorKind, InspectOptions, PushOptions, SearchOptions};

use super::support::{Engine, ImageSpec, Registry, RegistryOptions, Scripted, respond, unique};
use super::{connect, load};

#[test]
fn the_history_of_an_image_is_told_from_its_last_step() {
    let engine = connect(Engine::shared());
    let name = format!("demo/{}:1", unique("history"));
    let image = load(&engine, &ImageSpec::small(&name));
    let history = engine
        .history(&name, None, &mut Call::new())
        .expect("history");
    let steps: Vec<_> = history
        .iter()
        .map(|step| step.created_by.as_str())
        .collect();
    assert_eq!(steps, ["layer 1 of a test", "layer 0 of a test"]);
    assert_eq!(
        (history[0].id.as_str(), history[1].id.as_str()),
        (image.id.as_str(), "")
    );
    assert_eq!(history[0].tags, [name]);
    assert!(history[0].size >= 5_000 && history[0].created > 1_700_000_000);
    let error = engine
        .history("demo/absent", None, &mut Call::new())
        .expect_err("absent");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_registry_is_asked_through_the_engine() {
    let engine = connect(Engine::shared());
    let registry = Registry::start(RegistryOptions {
        htpasswd: Some("ferry:sesame".into()),
        ..RegistryOptions::default()
    });
    let name = format!("{}/asked:1", registry.host());
    load(&engine, &ImageSpec::small(&name));
    let user = Credential::Basic {
        username: "ferry".into(),
        password: "sesame".into(),
    };
    let options = PushOptions {
        credential: Some(user.clone()),
        ..PushOptions::default()
    };
    let call = &mut Call::new();
    let pushed = engine.push(&name, &options, call).expect("push");
    let details = engine
        .inspect_distribution(&name, Some(&user), call)
        .expect("distribution");
    assert_eq!(Some(&details.descriptor.digest), pushed.digest.as_ref());
    assert_eq!(Some(details.descriptor.size), pushed.manifest_size);
    assert_eq!(details.platforms[0].to_string(), "linux/amd64");
    assert!(details.document.contains("Descriptor"));

    let error = engine
        .inspect_distribution(&name, None, call)
        .expect_err("nobody");
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{}", error.report());
    let absent = format!("{}/asked:2", registry.host());
    let error = engine
        .inspect_distribution(&absent, Some(&user), call)
        .expect_err("absent");
    assert_eq!(error.kind(), ErrorKind::NotFound, "{}", error.report());
}

#[test]
fn images_without_a_name_are_pruned_and_others_stay() {
    let part = Engine::start();
    let engine = connect(&part);
    let call = &mut Call::new();
    let nothing = engine.prune_images(&[], call).expect("nothing to do");
    assert_eq!(nothing, imgferry::Pruned::default());

    load(&engine, &ImageSpec::small("demo/kept:1"));
    let mut other = ImageSpec::small("demo/moved:1");
    let old = load(&engine, &other);
    other.seed += 1;
    engine
        .load_image(&mut other.archive(), &Default::default(), call)
        .expect("it takes the name");
    let pruned = engine.prune_images(&[], call).expect("prune");
    assert!(pruned.removed.deleted.contains(&old.id), "{pruned:?}");
    assert!(pruned.space_reclaimed > 30_000);
    engine
        .inspect_image("demo/kept:1", &InspectOptions::default(), call)
        .expect("kept");

    let all = [("dangling".to_owned(), "false".to_owned())];
    let pruned = engine.prune_images(&all, call).expect("prune all");
    assert!(
        pruned.removed.untagged.contains(&"demo/kept:1".to_owned()),
        "{pruned:?}"
    );
    let bogus = [("bogus".to_owned(), "1".to_owned())];
    let error = engine
        .prune_images(&bogus, call)
        .expect_err("no such filter");
    assert_eq!(
        error.kind(),
        ErrorKind::InvalidArgument,
        "{}",
        error.report()
    );
}

#[test]
fn a_search_finds_what_the_index_has() {
    // Debian's registry has no search service, so a scripted one answers dockerd.
    let index = Scripted::with(|asked| match asked.line.starts_with("GET /v1/search") {
        true => Some(respond(
            200,
            &[("Content-Type", "application/json")],
            r#"{"num_results":2,"query":"ferry","results":[{"name":"e/ok","star_count":5,"is_official":false,"is_automated":true,"description":"d"},{"name":"e/two","star_count":1,"is_official":true,"is_automated":false,"description":""}]}"#,
        )),
        false => Some(respond(
            200,
            &[("X-Docker-Registry-Version", "0.6.0")],
            "{}",
        )),
    });
    let engine = connect(Engine::shared());
    let call = &mut Call::new();
    let options = SearchOptions {
        limit: Some(2),
        ..SearchOptions::default()
    };
    let found = engine
        .search(&format!("{}/ferry", index.host()), &options, call)
        .expect("search");
    let names: Vec<_> = found.iter().map(|result| result.name.as_str()).collect();
    assert_eq!(names, ["e/ok", "e/two"]);
    assert_eq!((found[0].star_count, found[1].is_official), (5, true));
    assert!(index.lines().iter().any(|line| line.contains("n=2")));

    for (term, limit) in [("", None), ("x", Some(0)), ("x", Some(101))] {
        let options = SearchOptions {
            limit,
            ..SearchOptions::default()
        };
        let error = engine.search(term, &options, call).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
}
