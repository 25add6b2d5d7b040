//! The program: hands the command line to the library, and leaves with the code that it gives.

use std::process::ExitCode;

#[cfg(unix)]
mod abort;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    #[cfg(unix)]
    abort::listen();
    ExitCode::from(loopscope::app::main(std::env::args_os()))
}
