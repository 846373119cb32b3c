//! Images arrive as they are, and what stands in the way is said.

use imgferry::{Call, Credential, Credentials, Digest, ErrorKind, Images, RegistryOptions};

use super::support::{self, Engine, ImageSpec, Registry, expect_success, skopeo, unique};
use super::{PULL, PUSH, client, id_of, load, local, open_images, pull, push, remote, state};

#[test]
fn an_image_goes_to_the_registry_and_comes_back_the_same() {
    let (part, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&part);
    let (engine, call) = (images.engine(), &mut Call::new());
    let id = load(engine, &ImageSpec::small("demo/round:1"));
    let before = state(engine);

    let target = remote(&format!("{}/{}", registry.host(), unique("round")));
    let pushed = push(&images, "demo/round:1", &target.to_string()).expect("push");
    assert_eq!(pushed.image.to_string(), format!("{target}:latest"));
    assert_eq!(pushed.warnings, Vec::<String>::new());
    assert_eq!(state(engine), before);

    let digest = images.digest(&pushed.image, call).expect("digest");
    assert_eq!(Some(&digest), pushed.digest.as_ref());
    let size = images.size(&pushed.image, call).expect("size");
    let raw = expect_success(&skopeo(&[
        "inspect",
        "--raw",
        "--tls-verify=false",
        &format!("docker://{}", pushed.image),
    ]));
    assert_eq!(Digest::sha256(raw.as_bytes()), digest);
    let manifest: serde_json::Value = serde_json::from_str(&raw).expect("JSON");
    let layers = manifest["layers"].as_array().expect("layers");
    let bytes = |of: &serde_json::Value| of["size"].as_u64().expect("a size");
    let expected = bytes(&manifest["config"]) + layers.iter().map(bytes).sum::<u64>();
    assert_eq!(size.total, expected);

    let second = push(&images, "demo/round:1", &format!("{target}:v2")).expect("push again");
    assert_eq!(second.digest, Some(digest.clone()));
    let tags = images.tags(&target, call).expect("tags");
    let tags: Vec<_> = tags
        .iter()
        .map(|image| image.tag().expect("a tag"))
        .collect();
    assert_eq!(tags, ["latest", "v2"]);

    part.docker_ok(&["rmi", "demo/round:1"]);
    assert!(state(engine).is_empty());
    let pulled = pull(&images, &pushed.image.to_string(), "demo/round:1").expect("pull");
    assert_eq!((&pulled.id, pulled.up_to_date), (&id, false));
    assert_eq!(pulled.digest.as_ref(), Some(&digest));
    assert_eq!(state(engine), before, "only the local name is new");
    let again = pull(&images, &pushed.image.to_string(), "demo/again:1").expect("pull again");
    assert!(again.up_to_date, "the engine had it under another name");

    assert_eq!(images.rm(&pushed.image, None, call).expect("rm"), digest);
    let gone = images.digest(&pushed.image, call).expect_err("gone");
    assert_eq!(gone.kind(), ErrorKind::NotFound, "{}", gone.report());
}

#[test]
fn without_a_second_name_the_name_itself_says_where() {
    let (part, registry) = (Engine::start(), Registry::shared());
    let images = open_images(&part);
    let name = format!("{}/{}:1", registry.host(), unique("same"));
    let id = load(images.engine(), &ImageSpec::small(&name));
    let call = &mut Call::new();
    let pushed = images.push(&local(&name), None, &PUSH, call).expect("push");
    assert_eq!(pushed.image.to_string(), name);
    part.docker_ok(&["rmi", &name]);
    let pulled = images.pull(&pushed.image, None, &PULL, call).expect("pull");
    assert_eq!((pulled.image.to_string(), &pulled.id), (name.clone(), &id));
    assert_eq!(id_of(images.engine(), &name), Some(id));
}

#[test]
fn a_registry_with_a_login_is_used_with_the_right_password_only() {
    let engine = Engine::shared();
    let registry = Registry::start(support::RegistryOptions {
        htpasswd: Some("ferry:sesame".into()),
        ..Default::default()
    });
    let name = format!("demo/{}:1", unique("login"));
    load(&client(&engine.endpoint()), &ImageSpec::small(&name));
    let target = remote(&format!("{}/login:1", registry.host()));
    let with = |credential| RegistryOptions {
        credentials: Credentials::default().with(registry.host(), credential),
        ..RegistryOptions::default()
    };
    let user = |password: &str| Credential::Basic {
        username: "ferry".into(),
        password: password.into(),
    };
    let call = &mut Call::new();

    for credential in [Credential::Anonymous, user("wrong")] {
        let images = Images::new(client(&engine.endpoint()), &with(credential));
        for error in [
            images
                .push(&local(&name), Some(&target), &PUSH, call)
                .map(drop),
            images.pull(&target, None, &PULL, call).map(drop),
            images.digest(&target, call).map(drop),
            images.tags(&target, call).map(drop),
        ] {
            let error = error.expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Unauthorized, "{}", error.report());
            let report = error.report();
            assert!(
                report.contains("credentials") && report.contains("login"),
                "{report}"
            );
            assert!(!format!("{report} {error:?}").contains("wrong"), "{report}");
        }
    }

    let images = Images::new(client(&engine.endpoint()), &with(user("sesame")));
    let pushed = images
        .push(&local(&name), Some(&target), &PUSH, call)
        .expect("push");
    assert_eq!(images.digest(&target, call).ok(), pushed.digest);
    assert_eq!(images.tags(&target, call).expect("tags").len(), 1);
    images.pull(&target, None, &PULL, call).expect("pull");
}

#[test]
fn what_is_absent_and_who_is_down_is_said_clearly() {
    let images = open_images(Engine::shared());
    let mut registry = Registry::start(Default::default());
    let name = format!("demo/{}:1", unique("errors"));
    load(images.engine(), &ImageSpec::small(&name));
    let call = &mut Call::new();
    let target = remote(&format!("{}/errors:1", registry.host()));
    push(&images, &name, &target.to_string()).expect("push");

    let absent = target.with_tag("absent").expect("a tag");
    for error in [
        images.digest(&absent, call).map(drop),
        images.size(&absent, call).map(drop),
        images.pull(&absent, None, &PULL, call).map(drop),
        images.rm(&absent, None, call).map(drop),
    ] {
        let error = error.expect_err("absent");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{}", error.report());
        assert!(error.report().contains("absent"), "{}", error.report());
        assert!(error.hint().is_some());
    }

    registry.stop();
    for (error, kind) in [
        (images.digest(&target, call).map(drop), ErrorKind::Connect),
        (images.tags(&target, call).map(drop), ErrorKind::Connect),
        (
            images.pull(&target, None, &PULL, call).map(drop),
            ErrorKind::RegistryUnreachable,
        ),
        (
            push(&images, &name, &target.to_string()).map(drop),
            ErrorKind::RegistryUnreachable,
        ),
    ] {
        let error = error.expect_err("down");
        assert_eq!(error.kind(), kind, "{}", error.report());
        assert!(
            error.report().contains(registry.host()),
            "{}",
            error.report()
        );
        assert!(error.hint().is_some() && error.is_retryable());
    }
}
