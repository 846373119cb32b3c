//! Through the engine: what a client adds to what the engine takes.

use crate::contestants::{
    API, IN_C, IN_RUST, aiodocker, bollard, curl, docker, docker_py, in_c, in_rust,
};
use crate::images::{archive, bring, in_engine};
use crate::measure::Figure::{Processor, Resident, Wall};
use crate::session::{Contestant, Session, Target, To, Work};
use crate::support::{Engine, Registry, RegistryOptions, TempDir};

/// What a stream to or from an engine may have resident, in MiB.
const STREAM_MIB: f64 = 6.0;

pub fn rows(session: &mut Session) {
    let bench = Bench {
        part: &Engine::start(),
        folder: &TempDir::new("speed-engine"),
    };
    bench.streams(session);
    bench.transfers(session);
    bench.inspects(session);
}

struct Bench<'a> {
    part: &'a Engine,
    folder: &'a TempDir,
}

/// An archive on its way to or from the engine.
struct Stream<'a> {
    title: &'static str,
    words: &'a [&'a str],
    curl: Vec<String>,
    docker: &'a [&'a str],
    /// The image that must not be there before.
    makes: Option<&'a str>,
}

/// What save, load and import are to be.
fn beside_curl_and_docker() -> Vec<Target> {
    vec![
        Target::Ratio("curl", Wall, 1.02),
        Target::Ratio("curl", Processor, 0.9),
        Target::Ratio("curl", Resident, 0.6),
        Target::Ratio("docker", Processor, 0.6),
        Target::Ratio("docker", Resident, 0.5),
        Target::Most(Resident, STREAM_MIB),
    ]
}

/// What push and pull are to be, where the engine does the work.
fn beside_docker() -> Vec<Target> {
    vec![
        Target::Ratio("docker", Wall, 1.0),
        Target::Ratio("docker", Processor, 0.5),
        Target::Ratio("docker", Resident, 0.5),
        Target::Most(Resident, STREAM_MIB),
    ]
}

/// The contestants that know the same words.
fn by_words<'a>(words: impl Fn(&str) -> Vec<String> + Clone + 'a) -> Vec<Contestant<'a>> {
    let by = |name, command: fn(&[String]) -> std::process::Command| {
        let words = words.clone();
        Contestant::new(name, move |to| command(&words(to)))
    };
    vec![
        by(IN_C, in_c),
        by(IN_RUST, in_rust),
        by("docker-py", docker_py),
        by("aiodocker", aiodocker),
        by("bollard", bollard),
    ]
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

impl Bench<'_> {
    fn endpoint(&self) -> String {
        self.part.endpoint()
    }

    fn has(&self, image: &str) -> bool {
        let output = self.part.docker(&["image", "inspect", image]);
        output.status.success()
    }

    fn forget(&self, image: &str) {
        if self.has(image) {
            self.part.docker_ok(&["image", "rm", "--force", image]);
        }
    }

    /// curl on the socket; the words are what it is to do.
    fn by_curl<'a>(&self, what: impl Fn(&str) -> Vec<String> + 'a) -> Contestant<'a> {
        let socket = self.part.socket().to_str().expect("UTF-8").to_owned();
        Contestant::new("curl", move |to| {
            let unix = words(&["--unix-socket", &socket]);
            curl(&[unix, what(to)].concat())
        })
    }

    fn by_docker<'a>(&self, what: impl Fn(&str) -> Vec<String> + 'a) -> Contestant<'a> {
        let endpoint = self.endpoint();
        Contestant::new("docker", move |to| docker(&endpoint, &what(to)))
    }

    /// Save, load and import of the big image.
    fn streams(&self, session: &mut Session) {
        let titles @ [save, load, import] = ["save big", "load big", "import big"];
        if !titles.iter().any(|title| session.wants(title)) {
            return;
        }
        let (endpoint, image, imported) =
            (&*self.endpoint(), &*in_engine("big"), "bench/imported:1");
        let tar = archive("big", self.folder);
        let (tar, nowhere) = (tar.to_str().expect("UTF-8"), "/dev/null");
        bring("big", self.part);
        self.stream(
            session,
            Stream {
                title: save,
                words: &["save", endpoint, image, nowhere],
                curl: words(&["--output", nowhere, &format!("{API}/images/{image}/get")]),
                docker: &["save", image],
                makes: None,
            },
        );
        self.stream(
            session,
            Stream {
                title: load,
                words: &["load", endpoint, tar],
                curl: upload(tar, &format!("{API}/images/load?quiet=0")),
                docker: &["load", "--input", tar],
                makes: Some(image),
            },
        );
        self.stream(
            session,
            Stream {
                title: import,
                words: &["import", endpoint, tar, imported],
                curl: upload(
                    tar,
                    &format!("{API}/images/create?fromSrc=-&repo=bench/imported&tag=1"),
                ),
                docker: &["import", tar, imported],
                makes: Some(imported),
            },
        );
    }

    fn stream(&self, session: &mut Session, stream: Stream) {
        let mut contestants = by_words(|_| words(stream.words));
        contestants.push(self.by_curl(|_| stream.curl.clone()));
        contestants.push(self.by_docker(|_| words(stream.docker)));
        session.compare(Work {
            fresh: Box::new(|| {
                if let Some(image) = stream.makes {
                    self.forget(image);
                }
                To::nowhere()
            }),
            ..Work::new(stream.title, contestants, beside_curl_and_docker())
        });
    }

    /// Push to an empty registry, push of what is there, and pull.
    fn transfers(&self, session: &mut Session) {
        for name in ["big", "many", "small"] {
            self.push(name, session);
        }
        self.push_again(session);
        for name in ["big", "many", "small"] {
            self.pull(name, session);
        }
    }

    fn push(&self, name: &str, session: &mut Session) {
        let title = format!("push {name} by the engine");
        if !session.wants(&title) {
            return;
        }
        self.bring(name);
        session.compare(Work {
            fresh: Box::new(|| {
                let registry = Registry::start(RegistryOptions::default());
                let name = self.tagged(name, &registry);
                To::new(name, registry)
            }),
            ..Work::new(&title, self.push_contestants(), beside_docker())
        });
    }

    fn push_again(&self, session: &mut Session) {
        let title = "push many again by the engine";
        if !session.wants(title) {
            return;
        }
        self.bring("many");
        let registry = Registry::start(RegistryOptions::default());
        let name = self.tagged("many", &registry);
        self.part.docker_ok(&["push", "--quiet", &name]);
        session.compare(Work {
            times: 5,
            fresh: Box::new(|| To::new(name.clone(), ())),
            ..Work::new(title, self.push_contestants(), beside_docker())
        });
    }

    fn push_contestants(&self) -> Vec<Contestant<'static>> {
        let endpoint = self.endpoint();
        let mut contestants = by_words(move |to| words(&["push", &endpoint, to]));
        contestants.push(self.by_curl(|to| {
            let (name, tag) = to.rsplit_once(':').expect("a tag");
            let url = format!("{API}/images/{name}/push?tag={tag}");
            // Base64 of `{}`: no login.
            let nobody = "X-Registry-Auth: e30=";
            words(&["--request", "POST", "--header", nobody, &url])
        }));
        contestants.push(self.by_docker(|to| words(&["push", to])));
        contestants
    }

    fn pull(&self, name: &str, session: &mut Session) {
        let title = format!("pull {name} by the engine");
        if !session.wants(&title) {
            return;
        }
        let registry = Registry::start(RegistryOptions::default());
        self.bring(name);
        let remote = self.tagged(name, &registry);
        self.part.docker_ok(&["push", "--quiet", &remote]);
        // Its layers would be there already.
        self.part
            .docker_ok(&["system", "prune", "--all", "--force"]);
        let endpoint = self.endpoint();
        let mut contestants = by_words(move |to| words(&["pull", &endpoint, to]));
        contestants.push(self.by_curl(|to| {
            let (name, tag) = to.rsplit_once(':').expect("a tag");
            let url = format!("{API}/images/create?fromImage={name}&tag={tag}");
            words(&["--request", "POST", &url])
        }));
        contestants.push(self.by_docker(|to| words(&["pull", to])));
        session.compare(Work {
            fresh: Box::new(|| {
                self.forget(&remote);
                To::new(remote.clone(), ())
            }),
            ..Work::new(&title, contestants, beside_docker())
        });
        self.forget(&remote);
    }

    fn bring(&self, name: &str) {
        if !self.has(&in_engine(name)) {
            bring(name, self.part);
        }
    }

    /// The name by which it is pushed to a registry.
    fn tagged(&self, name: &str, registry: &Registry) -> String {
        let remote = format!("{}/bench/{name}:1", registry.host());
        self.part.docker_ok(&["tag", &in_engine(name), &remote]);
        remote
    }

    fn inspects(&self, session: &mut Session) {
        self.start(session);
        self.many_inspects(session);
        self.inspects_of_threads(session);
    }

    /// A whole program that does no more than one inspect.
    fn start(&self, session: &mut Session) {
        let title = "start, one inspect, end";
        if !session.wants(title) {
            return;
        }
        self.bring("small");
        let mut contestants = self.inspect_contestants(1);
        let image = in_engine("small");
        contestants.push(self.by_docker(move |_| words(&["image", "inspect", &image])));
        let targets = vec![
            Target::Ratio("curl", Wall, 0.5),
            Target::Ratio("docker", Wall, 1.0 / 3.0),
            Target::Ratio("docker-py", Wall, 1.0 / 25.0),
        ];
        session.compare(Work {
            times: 20,
            ..Work::new(title, contestants, targets)
        });
    }

    fn many_inspects(&self, session: &mut Session) {
        let title = "1,000 inspects over one handle";
        if !session.wants(title) {
            return;
        }
        self.bring("small");
        let targets = vec![
            Target::Ratio("curl", Wall, 0.95),
            Target::Ratio("curl", Processor, 0.6),
        ];
        session.compare(Work::new(title, self.inspect_contestants(1000), targets));
    }

    fn inspects_of_threads(&self, session: &mut Session) {
        let title = "10,000 inspects over one handle";
        if !session.wants(title) {
            return;
        }
        self.bring("small");
        let (endpoint, image) = (self.endpoint(), in_engine("small"));
        let by = |name, work: &str| {
            let said = words(&[work, &endpoint, &image, "10000"]);
            Contestant::new(name, move |_| in_c(&said))
        };
        let (four, one) = ("4 threads (C)", "1 thread (C)");
        let contestants = vec![by(four, "inspect-by-threads"), by(one, "inspect")];
        let targets = vec![Target::Ratio(one, Wall, 1.0 / 1.4)];
        session.compare(Work::new(title, contestants, targets));
    }

    /// Who can do many inspects in one process.
    fn inspect_contestants(&self, count: usize) -> Vec<Contestant<'static>> {
        let image = in_engine("small");
        let said = words(&["inspect", &self.endpoint(), &image, &count.to_string()]);
        let mut contestants = by_words(move |_| said.clone());
        let url = format!("{API}/images/{image}/json?n=[1-{count}]");
        contestants.push(self.by_curl(move |_| words(&["--output", "/dev/null", &url])));
        contestants
    }
}

/// What makes curl send a file as it is, without asking first.
fn upload(file: &str, url: &str) -> Vec<String> {
    words(&[
        "--request",
        "POST",
        "--header",
        "Content-Type: application/x-tar",
        "--header",
        "Expect:",
        "--upload-file",
        file,
        url,
    ])
}
