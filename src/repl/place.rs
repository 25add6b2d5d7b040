//! Where files of the user's own are kept.

use std::path::PathBuf;

/// The platform's folder for a sort of files; on macOS all are in `~/Library/Application Support`.
pub struct Usual {
    /// The variable that names it on Windows,
    pub windows: &'static str,
    /// and elsewhere;
    pub xdg: &'static str,
    /// without that it is here below `$HOME`.
    pub home: &'static str,
}

/// The file that `variable` names, or `loopscope/NAME` in the platform's folder. None if the variable is empty, or there is
/// no such folder.
pub fn of(variable: &str, usual: &Usual, name: &str) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return (!path.is_empty()).then(|| PathBuf::from(path));
    }
    let from = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let folder = if cfg!(windows) {
        from(usual.windows)
    } else if cfg!(target_os = "macos") {
        from("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        from(usual.xdg).or_else(|| Some(from("HOME")?.join(usual.home)))
    };
    Some(folder?.join("loopscope").join(name))
}
