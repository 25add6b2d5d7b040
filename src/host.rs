//! What the functions need of the program around them: where prints go, and what the command line said.

/// Who runs the loop: the command line, the prompt, or a test.
pub trait Host {
    /// A task printed a line.
    fn print(&self, task: u32, name: &str, text: &str);

    /// The arguments of the script.
    fn args(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether `style` may colour.
    fn colour(&self) -> bool {
        false
    }

    /// Where the network may be used; anywhere if there is no gate.
    fn net_gate(&self) -> Option<crate::net::Gate> {
        None
    }

    /// Whether the user has asked to stop: asked by functions that block.
    fn interrupted(&self) -> bool {
        false
    }
}
