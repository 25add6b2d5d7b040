//! The `.html` format: one page that replays a recording, in any browser, without network.
//!
//! The page is made of the files beside this one, with the recording in it as JSON ([`data`]). Names, output and
//! errors come from scripts and from the network, so nothing of them is ever markup: the JSON cannot end the
//! element that it is in, the script of the page puts texts on the page as texts only, and a policy in the page
//! forbids the browser all but this one script and style, whose hashes it names.

mod data;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::{Options, View};
use crate::trace::recording::Recording;

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
/// What each file holds is said at its top; they are one program, in this order.
const SCRIPT: &str = concat!(
    "(() => {\n\"use strict\";\n",
    include_str!("html/js/model.js"),
    include_str!("html/js/words.js"),
    include_str!("html/js/player.js"),
    include_str!("html/js/theme.js"),
    include_str!("html/js/lanes.js"),
    include_str!("html/js/head.js"),
    include_str!("html/js/panes.js"),
    include_str!("html/js/source.js"),
    include_str!("html/js/page.js"),
    include_str!("html/js/start.js"),
    "})();\n"
);

/// The view. Options mean nothing to it: a page fits itself to its window.
pub struct Html;

impl View for Html {
    fn write(&self, recording: &Recording, _options: &Options, out: &mut dyn Write) -> io::Result<()> {
        // Numbers are written one by one, whatever `out` is.
        let mut out = io::BufWriter::new(out);
        let mut rest = PAGE;
        while let Some((before, from)) = rest.split_once("{{") {
            let Some((name, after)) = from.split_once("}}") else {
                break;
            };
            out.write_all(before.as_bytes())?;
            match name {
                "policy" => out.write_all(policy().as_bytes())?,
                "style" => out.write_all(STYLE.as_bytes())?,
                "script" => out.write_all(SCRIPT.as_bytes())?,
                _ => data::write(recording, &mut out)?,
            }
            rest = after;
        }
        out.write_all(rest.as_bytes())?;
        out.flush()
    }
}

/// What a browser may do with the page: run its script, use its style, and nothing else.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; \
         form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}
