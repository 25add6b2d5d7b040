//! Bars of progress.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use rhai::Dynamic;

use super::functions;
use super::values::Fallible;
use crate::engine::errors::{error, kind};
use crate::term::escape;

functions! {
    /// A bar of progress up to a total: `inc(n)` moves it, `finish()` ends it. It is drawn on stderr if that is a
    /// terminal, else nothing is; at the prompt while the run goes on.
    ///
    /// ```
    /// let p = progress(3, "pages");
    /// for i in 0..3 {
    ///     await sleep(0.01);
    ///     p.inc(1);
    /// }
    /// p.finish();
    /// ```
    ///
    /// asyncio: `tqdm`; JavaScript: `cli-progress`; tokio: the crate `indicatif`
    "progress(total, label)" => |lib| {
        lib.engine.register_type_with_name::<Progress>("progress");
        for name in ["to_string", "to_debug"] {
            lib.engine.register_fn(name, |p: &mut Progress| p.show());
        }
        let (kernel, host) = (lib.kernel.clone(), lib.host.clone());
        lib.engine.register_fn("progress", move |total: i64, label: &str| {
            let bars = if kernel.is_unheard() { None } else { host.bars() }; // none for each schedule that is explored
            Progress::new(bars, total, label)
        });
    };

    /// Moves the bar by so many, or by one.
    ///
    /// ```
    /// let p = progress(100, "bytes");
    /// p.inc(50);
    /// ```
    ///
    /// asyncio: `tqdm.update`; JavaScript: `bar.increment`; tokio: `ProgressBar::inc`
    "progress.inc([n])" => |lib| {
        lib.engine.register_fn("inc", |p: &mut Progress| p.0.inc(1));
        lib.engine.register_fn("inc", |p: &mut Progress, n: i64| match u64::try_from(n) {
            Ok(n) => {
                p.0.inc(n);
                Ok(())
            }
            Err(_) => Err(error(kind::VALUE, format!("a bar of progress moves forward only, and this is {n}"))),
        });
    };

    /// The work is done: the bar stays as it is, full.
    ///
    /// ```
    /// progress(1, "file").finish();
    /// ```
    ///
    /// asyncio: `tqdm.close`; JavaScript: `bar.stop`; tokio: `ProgressBar::finish`
    "progress.finish()" => |lib| {
        lib.engine.register_fn("finish", |p: &mut Progress| p.0.finish());
    };
}

/// A bar, as scripts hold it.
#[derive(Clone)]
struct Progress(ProgressBar);

impl Progress {
    fn new(bars: Option<MultiProgress>, total: i64, label: &str) -> Fallible<Self> {
        let total = u64::try_from(total)
            .map_err(|_| error(kind::VALUE, format!("the total of a bar must not be negative, and this is {total}")))?;
        let bar = ProgressBar::hidden();
        bar.set_length(total);
        // templates are ours and known to be right
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
            bar.set_style(style);
        }
        bar.set_message(escape(label).into_owned());
        Ok(Self(match bars {
            Some(bars) => {
                let bar = bars.add(bar);
                bar.tick();
                bar
            }
            None => bar,
        }))
    }

    fn show(&self) -> String {
        format!("<progress {} {}/{}>", self.0.message(), self.0.position(), self.0.length().unwrap_or(0))
    }
}

/// How a bar prints.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    value.read_lock::<Progress>().map(|p| p.show())
}
