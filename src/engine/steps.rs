//! From an engine's messages to progress steps: one record per layer and phase, sums over all layers, and no more of
//! them than the caller asked for.

use std::collections::HashMap;
use std::time::Instant;

use super::messages::{Detail, Message};
use super::number::known;
use crate::call::Call;
use crate::error::Result;
use crate::progress::{ImageProgressStep, Phase, Unit};

/// An image has at most 127 layers, and all tags of a repository have some thousand.
const MAX_LAYERS: usize = 10_000;

/// An ID and a status together, in bytes; they have 64 and some words.
const MAX_WORDS: usize = 512;

/// What is known of one layer.
#[derive(Debug, Clone)]
struct Layer {
    phase: Phase,
    /// Bytes to transfer, as far as they are known, and how many of them are done.
    bytes: u64,
    total_bytes: Option<u64>,
    /// The numbers of the last message.
    current: u64,
    total: Option<u64>,
    unit: Unit,
    reported: Option<Instant>,
    /// The last message was not reported, because one was not long ago.
    pending: bool,
    status: String,
}

/// The layers of one transfer.
#[derive(Debug, Default)]
pub(super) struct Steps {
    layers: HashMap<String, Layer>,
    sum_bytes: u64,
    sum_total: u64,
    /// How many layers' sizes are not known.
    unknown: usize,
    text: String,
}

impl Steps {
    /// Takes a message in, and reports it unless the same layer was reported a moment ago.
    pub(super) fn observe(
        &mut self,
        message: &Message<'_>,
        raw: &str,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let status = match message.status().trim_end() {
            "" => message.stream(),
            status => status,
        };
        match message.id() {
            Some(id) if is_layer(id, status) && self.can_follow(id, status) => {
                self.observe_layer(id, status, message.detail(), raw, call)
            }
            Some(id) if status.is_empty() => self.report_numbers(id, message.detail(), raw, call),
            id => self.report_text(id.unwrap_or(""), status, raw, call),
        }
    }

    /// Reports what was held back, and then that all is done.
    pub(super) fn finish(&mut self, digest: &str, call: &mut Call<'_>) -> Result<()> {
        let pending: Vec<String> = self
            .layers
            .iter()
            .filter(|(_, layer)| layer.pending)
            .map(|(id, _)| id.clone())
            .collect();
        for id in pending {
            self.report_layer(&id, "", call)?;
        }
        call.step(&ImageProgressStep {
            phase: Phase::Done,
            digest,
            sum_current: self.sum_bytes,
            sum_total: self.sum_total(),
            ..ImageProgressStep::default()
        })
    }

    /// Whether there is room for what this layer tells; what there is none for is reported, and counts for nothing.
    fn can_follow(&self, id: &str, status: &str) -> bool {
        let is_short = id.len() + status.len() <= MAX_WORDS;
        is_short && (self.layers.len() < MAX_LAYERS || self.layers.contains_key(id))
    }

    fn observe_layer(
        &mut self,
        id: &str,
        status: &str,
        detail: Detail<'_>,
        raw: &str,
        call: &mut Call<'_>,
    ) -> Result<()> {
        let phase = phase_of(status);
        let now = Instant::now();
        let layer = self.layers.entry(id.to_owned()).or_insert_with(|| {
            self.unknown += 1;
            Layer {
                phase,
                bytes: 0,
                total_bytes: None,
                current: 0,
                total: None,
                unit: Unit::Bytes,
                reported: None,
                pending: false,
                status: String::new(),
            }
        });
        let changed = layer.phase != phase || layer.reported.is_none();
        layer.phase = phase;
        layer.unit = detail.unit();
        layer.current = detail.done();
        layer.total = detail.all();
        status.clone_into(&mut layer.status);

        let before = (layer.bytes, layer.total_bytes);
        layer.count_bytes(status);
        let after = (layer.bytes, layer.total_bytes);
        if detail.current.is_none() && layer.unit == Unit::Bytes {
            (layer.current, layer.total) = after;
        }

        let due = layer
            .reported
            .is_none_or(|last| now.duration_since(last) >= call.interval());
        layer.pending = !(changed || due);
        if !layer.pending {
            layer.reported = Some(now);
        }
        let pending = layer.pending;
        self.add_to_sums(before, after);
        if pending {
            Ok(())
        } else {
            self.report_layer(id, raw, call)
        }
    }

    fn add_to_sums(&mut self, before: (u64, Option<u64>), after: (u64, Option<u64>)) {
        self.sum_bytes = self
            .sum_bytes
            .saturating_sub(before.0)
            .saturating_add(after.0);
        self.sum_total = self
            .sum_total
            .saturating_sub(before.1.unwrap_or(0))
            .saturating_add(after.1.unwrap_or(0));
        if before.1.is_none() && after.1.is_some() {
            self.unknown -= 1;
        }
    }

    fn sum_total(&self) -> Option<u64> {
        (self.unknown == 0).then_some(self.sum_total)
    }

    fn report_layer(&mut self, id: &str, raw: &str, call: &mut Call<'_>) -> Result<()> {
        let sum_total = self.sum_total();
        let Some(layer) = self.layers.get_mut(id) else {
            return Ok(());
        };
        layer.pending = false;
        message_text(&mut self.text, id, &layer.status);
        call.step(&ImageProgressStep {
            phase: layer.phase,
            layer_id: id,
            message: &self.text,
            status: &layer.status,
            current: layer.current,
            total: layer.total,
            unit: layer.unit,
            sum_current: self.sum_bytes,
            sum_total,
            digest: "",
            raw,
        })
    }

    /// Numbers without a word, as balena's engine sends them for the layers and for their sum. They are not added to
    /// the sums, because nobody says of what they are.
    fn report_numbers(
        &mut self,
        id: &str,
        detail: Detail<'_>,
        raw: &str,
        call: &mut Call<'_>,
    ) -> Result<()> {
        call.step(&ImageProgressStep {
            phase: Phase::Message,
            layer_id: id,
            message: id,
            current: detail.done(),
            total: detail.all(),
            unit: detail.unit(),
            sum_current: self.sum_bytes,
            sum_total: self.sum_total(),
            raw,
            ..ImageProgressStep::default()
        })
    }

    fn report_text(
        &mut self,
        id: &str,
        status: &str,
        raw: &str,
        call: &mut Call<'_>,
    ) -> Result<()> {
        message_text(&mut self.text, id, status);
        call.step(&ImageProgressStep {
            phase: Phase::Message,
            message: &self.text,
            status,
            sum_current: self.sum_bytes,
            sum_total: self.sum_total(),
            raw,
            ..ImageProgressStep::default()
        })
    }
}

impl Detail<'_> {
    fn done(&self) -> u64 {
        known(self.current).unwrap_or(0)
    }

    /// Engines write 0 when they do not know.
    fn all(&self) -> Option<u64> {
        known(self.total).filter(|total| *total > 0)
    }

    fn unit(&self) -> Unit {
        match self.units {
            Some("s") => Unit::Seconds,
            _ => Unit::Bytes,
        }
    }
}

impl Layer {
    /// Bytes on the wire count towards the sums; unpacking handles the same bytes again and does not.
    fn count_bytes(&mut self, status: &str) {
        match self.phase {
            // Engines estimate: a layer that is done has as many bytes as were announced, or else counted.
            _ if self.phase == Phase::LayerDone || status == DOWNLOADED => {
                self.bytes = self.total_bytes.unwrap_or(self.bytes);
                self.total_bytes = Some(self.bytes);
            }
            Phase::Exists => {
                self.bytes = 0;
                self.total_bytes = Some(0);
            }
            Phase::Downloading | Phase::Pushing | Phase::Loading if self.unit == Unit::Bytes => {
                self.bytes = self.current;
                self.total_bytes = self.total.or(self.total_bytes);
            }
            _ => {}
        }
    }
}

fn message_text(text: &mut String, id: &str, status: &str) {
    text.clear();
    text.push_str(id);
    if !id.is_empty() && !status.is_empty() {
        text.push_str(": ");
    }
    text.push_str(status);
}

const DOWNLOADED: &str = "Download complete";

/// The ID of a message can also be a tag or a whole reference (`Pulling from …`), or the word `WARNING`.
pub(super) fn is_layer(id: &str, status: &str) -> bool {
    id != "WARNING" && !status.starts_with("Pulling from ") && !status.is_empty()
}

fn phase_of(status: &str) -> Phase {
    match status {
        "Preparing" | "Waiting" | "Pulling fs layer" => Phase::Preparing,
        "Pushing" => Phase::Pushing,
        "Downloading" | DOWNLOADED => Phase::Downloading,
        "Verifying Checksum" => Phase::Verifying,
        "Extracting" => Phase::Extracting,
        "Loading layer" => Phase::Loading,
        "Already exists" | "Layer already exists" => Phase::Exists,
        "Pushed" | "Pull complete" => Phase::LayerDone,
        _ if status.starts_with("Mounted from ") => Phase::Exists,
        _ if status.starts_with("Retrying ") => Phase::Retrying,
        _ => Phase::Message,
    }
}
