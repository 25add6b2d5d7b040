//! The program: hands the command line to the library, and leaves with the code that it gives.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(loopscope::app::main(std::env::args_os()))
}
