//! Seeded runs of a client session against a server session.
//!
//! `FTP_SEED=n cargo test -p ftp-tests --test simulation` replays one and prints it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use ftp_tests::simulation::{Cuts, Report, Run};

const RUNS: u64 = 12_000;

/// The run of a seed; a panic of a session is a broken rule too.
fn go(run: Run) -> Result<Report, String> {
    let report = catch_unwind(AssertUnwindSafe(|| run.go())).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied());
        format!("panic: {}", text.unwrap_or("(no text)"))
    })?;
    match report.failure {
        Some(failure) => Err(failure),
        None => Ok(report),
    }
}

/// Fails with the transcript of a seed that breaks a rule.
fn replay(seed: u64, why: &str) -> ! {
    let report = catch_unwind(|| Run::new(seed).recorded().go());
    if let Ok(report) = report {
        println!("{}", report.transcript.unwrap_or_default());
    }
    panic!("seed {seed}: {why}\nFTP_SEED={seed} replays it");
}

fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Tries every seed on all processors; the first one that fails and why.
fn search(
    seeds: std::ops::Range<u64>,
    check: impl Fn(u64) -> Result<(), String> + Sync,
) -> Option<(u64, String)> {
    let next = AtomicU64::new(seeds.start);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= seeds.end {
                            return None;
                        }
                        if let Err(why) = check(seed) {
                            next.store(seeds.end, Ordering::Relaxed);
                            return Some((seed, why));
                        }
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .filter_map(|worker| worker.join().ok().flatten())
            .min()
    })
}

#[test]
fn every_run_keeps_the_rules() {
    if let Some(seed) = given("FTP_SEED") {
        let report = Run::new(seed).recorded().go();
        println!("{}", report.transcript.unwrap_or_default());
        if let Some(failure) = report.failure {
            panic!("seed {seed}: {failure}");
        }
        return;
    }
    let first = given("FTP_FIRST_SEED").unwrap_or(0);
    let runs = given("FTP_RUNS").unwrap_or(RUNS);
    let (succeeded, failed) = (AtomicU64::new(0), AtomicU64::new(0));
    let found = search(first..first + runs, |seed| {
        let report = go(Run::new(seed))?;
        succeeded.fetch_add(report.succeeded as u64, Ordering::Relaxed);
        failed.fetch_add(report.failed as u64, Ordering::Relaxed);
        Ok(())
    });
    if let Some((seed, why)) = found {
        replay(seed, &why);
    }
    let (succeeded, failed) = (succeeded.into_inner(), failed.into_inner());
    println!("{runs} runs: {succeeded} operations succeeded, {failed} failed");
    assert!(
        succeeded > runs && failed > runs / 2,
        "the runs do too little"
    );
}

#[test]
fn what_is_said_does_not_depend_on_how_control_input_is_cut() {
    let found = search(0..1_000, |seed| {
        let [whole, cut] = [Cuts::Whole, Cuts::EveryByte].map(|cuts| go(Run::new(seed).calm(cuts)));
        let (whole, cut) = (whole?, cut?);
        match (whole.outputs, cut.outputs) {
            (Some(whole), Some(cut)) if whole == cut && !whole[0].is_empty() => Ok(()),
            (Some(whole), Some(cut)) => {
                let lines = |o: [Vec<String>; 2]| o.into_iter().flatten();
                let differs = lines(whole).zip(lines(cut)).find(|(a, b)| a != b);
                Err(format!("whole and cut differ at: {differs:?}"))
            }
            _ => Err("nothing was recorded".into()),
        }
    });
    if let Some((seed, why)) = found {
        let report = catch_unwind(|| Run::new(seed).calm(Cuts::EveryByte).recorded().go());
        if let Ok(report) = report {
            println!("{}", report.transcript.unwrap_or_default());
        }
        panic!("seed {seed}: {why}");
    }
}

#[test]
fn a_seed_replays_exactly() {
    for seed in 0..50 {
        let [first, second] = [0, 1].map(|_| Run::new(seed).recorded().go().transcript);
        assert_eq!(first, second, "seed {seed}");
    }
}
