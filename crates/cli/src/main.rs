//! `prism-import`: a file of rows into Prism.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command prints"
)]

mod args;
mod calls;
mod connect;
mod exit;
mod import;
mod progress;

use clap::{CommandFactory, Parser};

use self::{
    args::{Args, Command},
    exit::Exit,
};

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let args = Args::parse();
    let exit = match run(args).await {
        Ok(exit) => exit,
        Err(failure) => {
            eprintln!("prism-import: {failure}");
            failure.exit
        }
    };
    exit.into()
}

async fn run(args: Args) -> Result<Exit, exit::Failure> {
    let Args {
        connection,
        output,
        progress,
        command,
    } = args;
    match command {
        Command::Run(options) => import::run(&connection, output, progress, options).await,
        Command::Resume(options) => import::resume(&connection, output, progress, options).await,
        Command::Report { journal } => import::report(output, &journal),
        Command::Failed { journal, to } => import::failed(&journal, to.as_deref()),
        Command::Status { job } => calls::status(&connection, output, &job).await,
        Command::Wait { job } => calls::wait(&connection, output, &job).await,
        Command::Rows { job } => calls::rows(&connection, &job).await,
        Command::Completions { shell } => {
            clap_complete::generate(
                shell,
                &mut Args::command(),
                "prism-import",
                &mut std::io::stdout(),
            );
            Ok(Exit::Done)
        }
    }
}
