//! What a real docker-registry is asked, beside what skopeo says of the same image.

use imgferry::{Call, Credential, ErrorKind, Platform};
use serde_json::Value;

use crate::real::{USER, push};
use crate::support::{Registry, RegistryOptions, TokenServer, expect_success, skopeo};
use crate::{connect, kind, user};

fn inspect(image: &str, options: &[&str]) -> Value {
    let name = format!("docker://{image}");
    let output = skopeo(&[&["inspect", "--tls-verify=false"], options, &[&name]].concat());
    expect_success(&output);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn a_tag_and_its_config_are_what_an_independent_judge_says() {
    let part = Registry::shared();
    let image = push(part, "judged-config");
    let registry = connect(part.host(), Credential::Anonymous);
    let call = &mut Call::new();
    let judged = inspect(image.as_str(), &[]);
    let config = inspect(image.as_str(), &["--config"]);

    let info = registry.tag_info(&image, call).expect("a tag");
    assert_eq!(info.digest.as_str(), judged["Digest"]);
    assert_eq!(info.platforms.len(), 1);
    assert_eq!(
        info.platforms[0].platform.architecture,
        judged["Architecture"]
    );
    assert_eq!(info.platforms[0].digest, info.digest);
    assert_eq!(info.size, registry.size(&image, call).expect("a size"));
    let head = registry.head_manifest(&image, call).expect("a head");
    assert_eq!(head.digest.as_ref(), Some(&info.digest));
    assert_eq!(head.size, Some(info.manifest_size));
    assert_eq!(head.media_type, info.media_type);

    let wanted = Platform::parse("linux/amd64").expect("a platform");
    let ours = registry
        .image_config(&image, Some(&wanted), call)
        .expect("a config");
    let document: Value = serde_json::from_str(&ours.document).expect("JSON");
    assert_eq!(document["rootfs"], config["rootfs"]);
    assert_eq!(
        serde_json::json!(ours.diff_ids),
        config["rootfs"]["diff_ids"]
    );
    let platforms = registry.platforms(&image, call).expect("platforms");
    assert_eq!(platforms, info.platforms);

    // This registry has no referrers, and nobody has tagged any.
    assert!(
        registry
            .referrers(&image, None, call)
            .expect("none")
            .is_empty()
    );
}

#[test]
fn a_login_is_accepted_or_refused_by_real_registries() {
    let call = &mut Call::new();
    let open = connect(Registry::shared().host(), user("me", "pass-word"));
    assert!(!open.check_login(call).expect("nobody looks"));

    let htpasswd = Registry::start(RegistryOptions {
        htpasswd: Some(USER.into()),
        ..RegistryOptions::default()
    });
    let tokens = TokenServer::start(USER);
    let with_tokens = Registry::start(RegistryOptions {
        token: Some(tokens.for_registry()),
        ..RegistryOptions::default()
    });
    for part in [&htpasswd, &with_tokens] {
        let check =
            |credential, call: &mut Call<'_>| connect(part.host(), credential).check_login(call);
        assert!(check(user("me", "pass-word"), call).expect("accepted"));
        for wrong in [user("me", "wrong"), Credential::Anonymous] {
            assert_eq!(kind(check(wrong, call)), ErrorKind::Unauthorized);
        }
    }
}
