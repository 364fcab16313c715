//! What was predicted of a network is what happens in it, for every client, server and way;
//! `ftp-cli doctor` names what was put there or says that it cannot tell; and the rules that we write
//! open what is needed and nothing else. What happened is what `docs/active-and-passive.md` shows.

use std::process::ExitCode;
use std::sync::Arc;

use ftp_proto::{DataMode, Family};
use ftp_tests::laboratory::{
    Daemon, Filter, Network, SCENES, Scenario, alike, require, scenarios, try_all,
};
use ftp_tests::observations::Observations;
use ftp_tests::{Trouble, trial};
use libtest_mimic::Arguments;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(trouble) => {
            eprintln!("{trouble:?}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Trouble> {
    let cells = Arc::new(Observations::open("laboratory")?);
    let scenes = Arc::new(Observations::open("scenes")?);
    let mut arguments = Arguments::from_args();
    // Most of the time is spent in waiting for packets that a firewall has dropped.
    arguments.test_threads.get_or_insert(AT_ONCE);
    let mut trials = Vec::new();
    for scenario in scenarios() {
        for daemon in Daemon::ALL {
            let (scenario, cells) = (scenario.clone(), Arc::clone(&cells));
            let name = format!("{daemon}::{}", scenario.name).replace(' ', "-");
            trials.push(trial(name, move || row(&scenario, daemon, &cells)));
        }
    }
    for scene in SCENES {
        let scenes = Arc::clone(&scenes);
        trials.push(trial(format!("scene::{}", scene.name), move || {
            require()?;
            scenes.observed(scene.name, scene.observe()?, alike)
        }));
    }
    for filter in Filter::ALL {
        trials.push(trial(
            format!("{filter}::reads-what-is-written"),
            move || {
                require()?;
                filter.reads_what_is_written()
            },
        ));
        for mode in [DataMode::Active, DataMode::Passive] {
            for family in [Family::V4, Family::V6] {
                let name = format!("{filter}::opens-what-is-needed::{mode:?}::{family:?}");
                trials.push(trial(name, move || {
                    require()?;
                    filter.opens_what_is_needed(mode, family)
                }));
            }
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    cells.write()?;
    scenes.write()?;
    Ok(conclusion.exit_code())
}

fn row(scenario: &Scenario, daemon: Daemon, cells: &Observations) -> Result<(), Trouble> {
    require()?;
    let network = Network::new(&scenario.setup)?;
    let row = try_all(scenario, daemon, &network)?;
    let name = format!("{daemon}: {}", scenario.name);
    let unlike = cells.observed(&name, row.observed(), Clone::clone);
    let mut wrong: Vec<String> = row
        .cells
        .iter()
        .filter(|cell| !cell.holds())
        .map(|cell| {
            format!(
                "{}, TLS {:?}: predicted {:?}, seen {:?}\n{}",
                cell.user, cell.tls, cell.predicted, cell.seen, cell.said
            )
        })
        .collect();
    for diagnosis in row.diagnoses {
        if !diagnosis.wrong.is_empty() {
            let found = diagnosis.wrong.join("\n");
            wrong.push(format!("doctor: {found}\n{}", diagnosis.said));
        }
    }
    match wrong.is_empty() {
        true => unlike,
        false => Err(Trouble::failed(wrong.join("\n\n"))),
    }
}

const AT_ONCE: usize = 12;
