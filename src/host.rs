//! What the functions need of the program around them: where prints go, and what the command line said.

use std::sync::Arc;

use crate::explore::{Explored, Findings};
use crate::net::Gate;
use crate::permissions::{Access, Denied, Permissions};

/// Who runs the loop: the command line, the prompt, or a test.
pub trait Host {
    /// A task printed a line.
    fn print(&self, task: u32, name: &str, text: &str);

    /// A script has explored a function. A person at the prompt is shown what was found, and can have it run again;
    /// elsewhere the script has it as a value.
    fn explored(&self, _: Findings, _: Explored) {}

    /// The arguments of the script.
    fn args(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether `style` may colour.
    fn colour(&self) -> bool {
        false
    }

    /// What scripts may do to the world.
    fn permissions(&self) -> Arc<Permissions> {
        Permissions::standard()
    }

    /// Asked before each operation on files, processes and the environment. A host with a terminal may ask its user.
    ///
    /// # Errors
    /// Why it may not be done.
    fn allow(&self, access: &Access) -> Result<(), Denied> {
        self.permissions().check(access)
    }

    /// Where the network may be used; anywhere if there is no gate.
    fn net_gate(&self) -> Option<Gate> {
        Some(self.permissions().gate())
    }

    /// What makes random numbers repeatable.
    fn seed(&self) -> Option<u64> {
        None
    }

    /// Where bars of progress are drawn; nowhere if nobody sees them.
    fn bars(&self) -> Option<indicatif::MultiProgress> {
        None
    }

    /// Whether the user has asked to stop: asked by functions that block.
    fn interrupted(&self) -> bool {
        false
    }
}
