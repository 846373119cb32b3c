//! Images of a configuration with clusters, between a real dockerd and real registries.

mod support;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imgferry::{
    Call, Config, Engine as Client, EngineOptions, ErrorKind, Images, LoadOptions, LocalImage,
    RegistryOptions, RemoteImage, TagOption,
};
use support::{Engine, FaultProxy, ImageSpec, Plan, Registry, TokenServer, unique};

const LAB_USER: &str = "lab:lab-pass";
const CLOUD_USER: &str = "token:cloud-pass";

/// A registry, and a proxy that remembers what it is asked.
struct Watched {
    proxy: FaultProxy,
    _registry: Registry,
}

impl Watched {
    fn start(options: support::RegistryOptions) -> Watched {
        let registry = Registry::start(options);
        Watched {
            proxy: FaultProxy::in_front_of(registry.host(), Plan::none()),
            _registry: registry,
        }
    }

    fn with_password(user: &str) -> Watched {
        Watched::start(support::RegistryOptions {
            htpasswd: Some(user.into()),
            ..Default::default()
        })
    }

    fn host(&self) -> &str {
        self.proxy.host()
    }

    /// Every credential that it was shown, but for tokens, which only its own token server gives.
    fn shown(&self) -> BTreeSet<String> {
        let exchanges = self.proxy.exchanges();
        let shown = exchanges
            .iter()
            .filter_map(|exchange| exchange.header("authorization"));
        shown
            .map(|value| match value.strip_prefix("Basic ") {
                Some(basic) => {
                    let bytes = STANDARD.decode(basic).expect("base64");
                    String::from_utf8(bytes).expect("UTF-8")
                }
                None => "a token".to_owned(),
            })
            .collect()
    }
}

fn open(engine: &Engine, config: &str) -> Images {
    let client = Client::new(&engine.endpoint(), &EngineOptions::default()).expect("a handle");
    let config = Config::parse(config).expect("a configuration");
    Images::with_config(client, &config, &RegistryOptions::default()).expect("images")
}

fn load(images: &Images, name: &str) -> LocalImage {
    let mut archive = ImageSpec::small(name).archive();
    images
        .engine()
        .load_image(&mut archive, &LoadOptions::default(), &mut Call::new())
        .expect("load");
    LocalImage::parse(name).expect("a name")
}

fn remote(images: &Images, text: &str) -> RemoteImage {
    let read = images.parser().remote_image(text, TagOption::Allow);
    read.expect(text)
}

fn texts(images: &Images, listed: &[RemoteImage]) -> Vec<String> {
    let texts = listed.iter().map(|image| images.parser().text(image));
    texts.collect()
}

#[test]
fn two_registries_of_one_configuration_are_used_and_each_sees_its_own_credentials_only() {
    let engine = Engine::shared();
    let lab = Watched::with_password(LAB_USER);
    let tokens = TokenServer::start(CLOUD_USER);
    let cloud = Watched::start(support::RegistryOptions {
        token: Some(tokens.for_registry()),
        ..Default::default()
    });
    let images = open(
        engine,
        &format!(
            r#"{{"cluster_name":"cloud","org_name":"acme","project_name":"ml","token":"cloud-pass","clusters":{{
                "cloud":{{"registry_url":"http://{}","orgs":["acme","other"]}},
                "lab":{{"registry_url":"http://{}","username":"lab","token":"lab-pass"}}}}}}"#,
            cloud.host(),
            lab.host()
        ),
    );
    let call = &mut Call::new();
    let local = load(&images, &format!("{}:1", unique("both")));
    let name = local.name();

    // Without a remote name, to the current project.
    let pushed = images
        .push(&local, None, &Default::default(), call)
        .expect("push")
        .image;
    assert_eq!(
        pushed.to_string(),
        format!("image://cloud/acme/ml/{name}:1")
    );
    assert_eq!(
        pushed.as_docker_url(false),
        format!("{}/acme/ml/{name}:1", cloud.host())
    );
    let at_lab = remote(&images, &format!("image://lab/acme/tools/{name}:2"));
    images
        .push(&local, Some(&at_lab), &Default::default(), call)
        .expect("push");
    let elsewhere = remote(&images, &format!("image://cloud/other/ml/{name}:3"));
    images
        .push(&local, Some(&elsewhere), &Default::default(), call)
        .expect("push");

    assert_eq!(
        texts(&images, &images.list(None, call).expect("list")),
        [
            format!("image://cloud/acme/ml/{name}"),
            format!("image://cloud/other/ml/{name}"),
        ]
    );
    let listed = images.list(Some("lab"), call).expect("list");
    assert_eq!(
        texts(&images, &listed),
        [format!("image://lab/acme/tools/{name}")]
    );
    for (image, tag) in [(&pushed, "1"), (&at_lab, "2"), (&elsewhere, "3")] {
        let tags = images.tags(image, call).expect("tags");
        assert_eq!(tags.len(), 1);
        assert_eq!(tags[0].tag(), Some(tag));
        let info = images.tag_info(image, call).expect("tag_info");
        assert_eq!(info.name, tag);
        assert_eq!(info.size, images.size(image, call).expect("size").total);
        let pulled = images
            .pull(image, None, &Default::default(), call)
            .expect("pull")
            .image;
        let back = images.parser().to_platform_image(&pulled).expect("back");
        assert_eq!(back.reference(), image.reference());
    }
    let error = images
        .list(Some("nope"), call)
        .expect_err("no such cluster");
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("`cloud`, `lab`"), "{error}");

    assert_eq!(lab.shown(), BTreeSet::from([LAB_USER.to_owned()]));
    assert_eq!(cloud.shown(), BTreeSet::from(["a token".to_owned()]));
    let proofs: BTreeSet<String> = tokens
        .asked()
        .iter()
        .map(|asked| asked.header("authorization").to_owned())
        .collect();
    let own = format!("Basic {}", STANDARD.encode(CLOUD_USER));
    assert_eq!(proofs, BTreeSet::from([own]));
}

/// Fault 8 of the seeds: the platform's token went to registries that are not of the platform.
#[test]
fn the_token_of_the_platform_is_not_shown_to_a_registry_that_is_not_of_it() {
    let engine = Engine::shared();
    let platform = Watched::with_password(CLOUD_USER);
    let other = Watched::with_password("somebody:else");
    let images = open(
        engine,
        &format!(
            r#"{{"cluster_name":"main","org_name":"acme","project_name":"ml","token":"cloud-pass",
                "clusters":{{"main":{{"registry_url":"http://{}"}}}}}}"#,
            platform.host()
        ),
    );
    let call = &mut Call::new();
    let local = load(&images, &format!("{}:1", unique("external")));
    images
        .push(&local, None, &Default::default(), call)
        .expect("push");
    let external = remote(&images, &format!("{}/bob/app:1", other.host()));
    for error in [
        images
            .push(&local, Some(&external), &Default::default(), call)
            .map(drop),
        images
            .pull(&external, None, &Default::default(), call)
            .map(drop),
        images.digest(&external, call).map(drop),
        images.tags(&external, call).map(drop),
    ] {
        let error = error.expect_err("nobody has logged in there");
        assert_eq!(error.kind(), ErrorKind::Unauthorized, "{}", error.report());
    }
    assert_eq!(other.shown(), BTreeSet::new());
    assert_eq!(platform.shown(), BTreeSet::from([CLOUD_USER.to_owned()]));
}

/// Fault 9 of the seeds, its last part: images of other organisations were listed as if they were of the current one.
#[test]
fn images_of_other_organisations_are_listed_as_what_they_are() {
    let registry = Registry::start(Default::default());
    for repository in ["acme/ml/app", "other/ml/app", "legacy/app", "single"] {
        registry.store_image(repository, "1");
    }
    registry.store_folders(["acme/ml/a..b/_layers".to_owned()]);
    let call = &mut Call::new();
    for orgs in ["[]", r#"["acme","other"]"#] {
        let images = open(
            Engine::shared(),
            &format!(
                r#"{{"cluster_name":"main","org_name":"acme","project_name":"ml",
                    "clusters":{{"main":{{"registry_url":"http://{}","orgs":{orgs}}}}}}}"#,
                registry.host()
            ),
        );
        let listed = images.list(None, call).expect("list");
        let labels: Vec<_> = listed
            .iter()
            .map(|image| (image.org_name(), image.project_name(), image.name()))
            .collect();
        assert_eq!(
            labels,
            [
                (None, None, "single"),
                (None, Some("legacy"), "app"),
                (Some("acme"), Some("ml"), "app"),
                (Some("other"), Some("ml"), "app"),
            ]
        );
        for image in &listed {
            let text = images.parser().text(image);
            assert_eq!(remote(&images, &text), *image, "{text}");
            assert_eq!(images.tags(image, call).expect("tags").len(), 1, "{text}");
        }
    }
}

/// Fault 11 of the seeds: the credential helper compared hosts without their ports, and tags of one digest were told
/// wrongly. Here a login belongs to one host and port, and a removal says which digest went, with all its tags.
#[test]
fn a_login_is_for_one_port_and_a_removal_tells_what_went() {
    let engine = Engine::shared();
    let registry = Watched::with_password(LAB_USER);
    let other_port = Watched::with_password(LAB_USER);
    let images = open(
        engine,
        &format!(
            r#"{{"cluster_name":"lab","project_name":"ml","username":"lab","token":"lab-pass",
                "clusters":{{"lab":{{"registry_url":"http://{}"}}}}}}"#,
            registry.host()
        ),
    );
    let call = &mut Call::new();
    let neighbour = remote(&images, &format!("{}/ml/app:1", other_port.host()));
    let error = images.digest(&neighbour, call).expect_err("another port");
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(other_port.shown(), BTreeSet::new());

    let local = load(&images, &format!("{}:1", unique("tags")));
    let first = images
        .push(&local, None, &Default::default(), call)
        .expect("push");
    let second = first.image.with_tag("2").expect("a tag");
    images
        .push(&local, Some(&second), &Default::default(), call)
        .expect("push");
    assert_eq!(images.tags(&second, call).expect("tags").len(), 2);
    let gone = images.rm(&second, None, call).expect("rm");
    assert_eq!(Some(gone), first.digest);
    for image in [&first.image, &second] {
        let error = images.digest(image, call).expect_err("gone");
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}
