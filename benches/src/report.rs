//! What a bench answers: the figures of ours, of every rival, and their ratios, with the machine they were taken on.
//!
//! Owns the JSON that scripts read, and the histogram file. What people read is [`table`](crate::table).

use crate::error::BenchError;
use crate::machine::Machine;
use crate::rounds::Series;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// The answer of one bench.
pub struct Report {
    /// Which bench, as named on the command line.
    pub bench: &'static str,
    /// The question, in words.
    pub question: &'static str,
    /// What `p50` and the others are of.
    pub sample: &'static str,
    /// What the ratios compare.
    pub headline: &'static str,
    /// What it was set to.
    pub config: Map<String, Value>,
    /// What it ran on.
    pub machine: Machine,
    /// What an empty harness reads, in ns.
    pub overhead_ns: Option<f64>,
    /// Ours first; then our other arrangements; then rivals.
    pub series: Vec<Series>,
    /// How many of `series` are ours.
    pub ours: usize,
    /// Work done in one headline, to say how many there are in a second; `None` where that means nothing.
    pub per_second_of: Option<&'static str>,
    /// Other answers, by name.
    pub more: Map<String, Value>,
}

impl Report {
    /// One object, as the contract of the command line has it.
    #[must_use]
    pub fn json(&self) -> Value {
        let [ours, others @ ..] = &self.series[..self.ours] else { unreachable!("ours stands first") };
        let rivals = &self.series[self.ours..];
        let mut answer = Map::new();
        answer.insert("bench".into(), self.bench.into());
        answer.insert("unit".into(), "ns".into());
        answer.insert("question".into(), self.question.into());
        answer.insert("sample".into(), self.sample.into());
        answer.insert("headline".into(), self.headline.into());
        answer.insert("config".into(), self.config.clone().into());
        answer.insert("machine".into(), self.machine.json());
        answer.append(&mut self.figures(ours));
        answer.insert("overhead_ns".into(), number(self.overhead_ns));
        answer.append(&mut self.more.clone());
        let named = |list: &[Series]| -> Map<String, Value> {
            list.iter().map(|series| (series.name.to_owned(), self.figures(series).into())).collect()
        };
        answer.insert("variants".into(), named(others).into());
        answer.insert("rivals".into(), named(rivals).into());
        answer.insert("ratios".into(), self.ratios().into());
        answer.into()
    }

    /// How many times longer each rival takes than ours, by the headline (`NAME`), by each metric that both have
    /// (`NAME/METRIC`), and than each other arrangement of ours (`NAME/vs-ARRANGEMENT`).
    #[must_use]
    pub fn ratios(&self) -> Map<String, Value> {
        let (ours, rivals) = self.series.split_at(self.ours);
        let mut ratios = Map::new();
        for rival in rivals {
            for (at, own) in ours.iter().enumerate() {
                let key = if at == 0 { rival.name.to_owned() } else { format!("{}/vs-{}", rival.name, own.name) };
                ratios.insert(key, number(rival.ratio_to(own)));
            }
            for name in rival.metric_names() {
                if let Some(ratio) = rival.metric_ratio_to(&ours[0], name) {
                    ratios.insert(format!("{}/{name}", rival.name), number(Some(ratio)));
                }
            }
        }
        ratios
    }

    fn figures(&self, series: &Series) -> Map<String, Value> {
        let samples = &series.samples;
        let at = |share: f64| if samples.is_empty() { Value::Null } else { samples.value_at_quantile(share).into() };
        let mut figures = Map::new();
        figures.insert("samples".into(), samples.len().into());
        figures.insert("dropped".into(), series.dropped.into());
        figures.insert("p50".into(), at(0.5));
        figures.insert("p90".into(), at(0.9));
        figures.insert("p99".into(), at(0.99));
        figures.insert("p999".into(), at(0.999));
        figures.insert("max".into(), at(1.0));
        figures.insert("headline_ns".into(), number(series.headline_ns()));
        figures.insert("best_ns".into(), number(series.best_ns()));
        let per_second = self.per_second_of.and_then(|metric| series.metric(metric).or(series.headline_ns()));
        figures.insert("throughput_per_s".into(), number(per_second.map(|ns| (1e9 / ns).round())));
        for name in series.metric_names() {
            figures.insert(name.to_owned(), number(series.metric(name)));
        }
        figures
    }

    /// Writes all samples of ours in the text format of HDR histograms, in ns.
    pub fn write_hgrm(&self, file: &Path) -> Result<(), BenchError> {
        std::fs::write(file, self.hgrm()).map_err(|source| BenchError::Write { file: file.to_owned(), source })
    }

    fn hgrm(&self) -> String {
        let samples = &self.series[0].samples;
        let mut text =
            format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
        for step in samples.iter_quantiles(5) {
            let (value, quantile) = (step.value_iterated_to(), step.quantile());
            let below = samples.count_between(0, value);
            let inverse = if quantile < 1.0 { format!("{:>14.2}", 1.0 / (1.0 - quantile)) } else { String::new() };
            // A string takes whatever is written to it.
            let _ = writeln!(text, "{value:>12.3} {quantile:>14.12} {below:>10} {inverse}");
        }
        let (mean, deviation) = (samples.mean(), samples.stdev());
        let _ = writeln!(text, "#[Mean    = {mean:>12.3}, StdDeviation   = {deviation:>12.3}]");
        let _ = writeln!(text, "#[Max     = {:>12.3}, Total count    = {:>12}]", samples.max(), samples.len());
        text
    }
}

/// A tenth of a nanosecond is as much as these clocks are worth; hundredths keep ratios of small numbers apart.
pub(crate) fn number(value: Option<f64>) -> Value {
    value.map_or(Value::Null, |value| json!((value * 100.0).round() / 100.0))
}
