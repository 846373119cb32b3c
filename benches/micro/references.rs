//! Reading the names of images.

use std::fmt;

use divan::black_box;

use crate::naming::LocalImage;
use crate::reference::Reference;

struct Name {
    what: &'static str,
    text: &'static str,
}

const NAMES: [Name; 3] = [
    Name {
        what: "short",
        text: "busybox",
    },
    Name {
        what: "full",
        text: "registry.example:5000/team/app:1.36@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    },
    Name {
        what: "refused",
        text: "registry.example/team/App:1.36",
    },
];

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

#[divan::bench(args = NAMES)]
fn reference(name: &Name) -> Option<Reference> {
    Reference::parse(black_box(name.text)).ok()
}

#[divan::bench(args = NAMES)]
fn local_image(name: &Name) -> Option<LocalImage> {
    LocalImage::parse(black_box(name.text)).ok()
}
