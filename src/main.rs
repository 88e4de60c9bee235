//! The `traitdunion` command.

fn main() -> std::process::ExitCode {
    traitdunion::cli::main()
}
