//! Folders that go when their owner goes.

use std::cell::{Cell, RefCell};
use std::fs::DirBuilder;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::path::PathBuf;

/// Temporary folders; dropping this removes them with all that is in them.
#[derive(Debug, Default)]
pub struct Scratch {
    folders: RefCell<Vec<PathBuf>>,
    count: Cell<u64>,
}

impl Scratch {
    /// Makes a folder that only this user can look into.
    ///
    /// # Errors
    /// What the system says.
    pub fn make(&self) -> io::Result<PathBuf> {
        let base = std::env::temp_dir();
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        loop {
            self.count.set(self.count.get() + 1);
            // seeded by the system at random
            let random = RandomState::new().hash_one((std::process::id(), self.count.get()));
            let folder = base.join(format!("loopscope-{random:016x}"));
            match builder.create(&folder) {
                Ok(()) => {
                    let folder = folder.canonicalize()?;
                    self.folders.borrow_mut().push(folder.clone());
                    return Ok(folder);
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
            }
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for folder in self.folders.borrow().iter() {
            let _ = std::fs::remove_dir_all(folder); // nobody is left to tell
        }
    }
}
