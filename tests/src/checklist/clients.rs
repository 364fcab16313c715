//! The cases for a driver of a client session: the peer is a scripted server.

mod visit;

use std::io::{Read, Write};
use std::net::Shutdown;

use rustix::event::PollFlags;

use self::visit::{Mode, Verb, Visit};
use super::connection::{End, PATIENCE, content, end, is_deserted, is_ready, read_to_end, same};
use super::connection::{dial_as_stranger, reset, send_whole};
use super::{Case, Driver, Patience, Side, queues};
use crate::Trouble;

pub(super) const CASES: [Case; 28] = [
    case(
        "a_silent_server_is_left_before_the_greeting",
        "It polls at the deadline, and drops every socket when the session fails.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Get, Patience::Little)?;
            visit.control.end()?;
            visit.failed()
        },
    ),
    case(
        "a_silent_server_is_left_before_a_reply",
        "It polls at the deadline, whatever it has written before.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Get, Patience::Little)?;
            visit.control.say("220 ready\r\n")?;
            visit.control.line()?;
            visit.control.end()?;
            visit.failed()
        },
    ),
    case(
        "nobody_connects_in_active_mode",
        "Accepting runs beside the loop, which goes on keeping time.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Active, Verb::Get, Patience::Little)?;
            let opening = visit.opening()?;
            visit.verb()?;
            visit.control.say("150 soon\r\n")?;
            visit.answer_to_the_end()?;
            is_deserted(opening.address()?)?;
            visit.failed()
        },
    ),
    case(
        "a_stalled_transfer_is_aborted_with_a_synch",
        "It keeps time while bytes could come, and sends the byte of SendUrgent as urgent data.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Get, Patience::Little)?;
            let opening = visit.opening()?;
            let mut data = visit.data(&opening)?;
            visit.verb()?;
            visit.control.say("150 here\r\n")?;
            data.write_all(b"part of it")?;
            if !is_ready(&visit.control.stream, PollFlags::PRI, PATIENCE)? {
                return visit.fails("no urgent data came before ABOR");
            }
            let line = visit.control.line()?.unwrap_or_default();
            if line != b"\xff\xf4\xff\xf2ABOR" {
                return visit.fails(&format!(
                    "{:?} in place of ABOR",
                    line.escape_ascii().to_string()
                ));
            }
            visit.control.say("426 aborted\r\n226 done\r\n")?;
            end(&mut data, "the data connection")?;
            visit.answer_to_the_end()?;
            visit.failed()
        },
    ),
    case(
        "a_blocked_control_connection_does_not_stop_the_clock",
        "A write that blocks is waited for beside the deadline that Session::wait() gives.",
        |driver| {
            let mut visit = Visit::long_winded(driver, Patience::Little)?;
            let _data = visit.block()?;
            // Nothing is read here until the client has given up; then it closes or resets.
            visit.process_fails()
        },
    ),
    case(
        "a_blocked_control_connection_does_not_stop_reading",
        "While a write is blocked, it reads as much as Session::wait() allows; then it goes on.",
        |driver| {
            let mut visit = Visit::long_winded(driver, Patience::Usual)?;
            let data = visit.block()?;
            visit
                .control
                .say(format!("150-{}\r\n", "x".repeat(3_000)))?;
            queues::await_all_read(&visit.control.stream)?;
            // The user, the password, TYPE and EPSV were answered unread.
            for _ in 0..4 {
                visit.control.line()?;
            }
            visit.verb()?;
            let file = content(1_000);
            visit.control.say("150 here\r\n226 done\r\n")?;
            send_whole(data, &file)?;
            visit.ended_well(&file)
        },
    ),
    case(
        "control_input_in_single_bytes_is_the_same",
        "It hands over what it reads, whatever the pieces are.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Get, Patience::Usual)?;
            visit.single_bytes = true;
            let file = content(100_000);
            let opening = visit.opening()?;
            visit.verb()?;
            visit.say("150 here\r\n")?;
            send_whole(visit.data(&opening)?, &file)?;
            visit.say("226-that\r\n226 was it\r\n")?;
            visit.ended_well(&file)
        },
    ),
    case(
        "two_replies_in_one_segment_are_two",
        "It polls until the session waits, not once for each read.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Get, Patience::Usual)?;
            let file = content(100_000);
            let opening = visit.opening()?;
            let data = visit.data(&opening)?;
            visit.verb()?;
            send_whole(data, &file)?;
            visit.control.say("150 here\r\n226 done\r\n")?;
            visit.ended_well(&file)
        },
    ),
    case(
        "data_may_come_before_the_reply",
        "Bytes of a data connection that is not moved yet stay where they are.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Get, Patience::Usual)?;
            let file = content(100_000);
            let opening = visit.opening()?;
            send_whole(visit.data(&opening)?, &file)?;
            visit.verb()?;
            visit.control.say("150 here\r\n")?;
            visit.control.say("226 done\r\n")?;
            visit.ended_well(&file)
        },
    ),
    case(
        "everything_may_be_over_before_an_active_client_accepts",
        "A connection that came, was filled and was closed is accepted and read all the same.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Active, Verb::Get, Patience::Usual)?;
            let file = content(50_000);
            // Before the reply to PORT or EPRT: the address is known, so it may be used.
            let opening = visit.opening_unanswered()?;
            send_whole(visit.data(&opening)?, &file)?;
            visit.control.say("200 ok\r\n")?;
            visit.verb()?;
            visit.control.say("150 here\r\n226 done\r\n")?;
            visit.ended_well(&file)
        },
    ),
    case(
        "the_reply_may_come_before_the_data",
        "After 226 it reads the data connection to its end.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Get, Patience::Usual)?;
            let file = content(3_000_000);
            let opening = visit.opening()?;
            let data = visit.data(&opening)?;
            visit.verb()?;
            visit.control.say("150 here\r\n226 done\r\n")?;
            queues::await_all_read(&visit.control.stream)?;
            send_whole(data, &file)?;
            visit.ended_well(&file)
        },
    ),
    case(
        "a_refused_transfer_leaves_no_data_connection",
        "CloseData closes a connection that nothing was moved over; the session goes on.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Get, Patience::Usual)?;
            let opening = visit.opening()?;
            let mut data = visit.data(&opening)?;
            visit.verb()?;
            visit.control.say("550 no\r\n")?;
            end(&mut data, "the data connection")?;
            visit.answer_to_the_end()?;
            visit.failed()
        },
    ),
    case(
        "a_connection_that_comes_late_finds_nobody",
        "CloseData closes a listener; what had come to it is dropped with it.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Active, Verb::Put, Patience::Usual)?;
            let opening = visit.opening()?;
            visit.verb()?;
            visit.control.say("553 no\r\n")?;
            visit.answer_to_the_end()?;
            is_deserted(opening.address()?)?;
            visit.failed()
        },
    ),
    case(
        "a_stranger_at_the_listener_is_dropped",
        "On Accepted::Drop it drops that connection and goes on listening.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Active, Verb::Get, Patience::Usual)?;
            let opening = visit.opening()?;
            let file = content(100_000);
            let mut stranger = dial_as_stranger(opening.address()?)?;
            visit.verb()?;
            visit.control.say("150 here\r\n")?;
            end(&mut stranger, "a stranger's connection")?;
            send_whole(visit.data(&opening)?, &file)?;
            visit.control.say("226 done\r\n")?;
            visit.ended_well(&file)
        },
    ),
    case(
        "a_reset_data_connection_fails_the_transfer_alone",
        "It tells DataEnding::Reset, and the control connection goes on.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Get, Patience::Usual)?;
            let opening = visit.opening()?;
            let mut data = visit.data(&opening)?;
            visit.verb()?;
            visit.control.say("150 here\r\n")?;
            data.write_all(&content(10_000))?;
            reset(data)?;
            visit.control.say("426 cut\r\n")?;
            visit.answer_to_the_end()?;
            visit.failed()
        },
    ),
    case(
        "a_reset_is_no_end_whatever_the_server_says",
        "It never tells a reset as Complete, so that 226 does not make half a file whole.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Get, Patience::Usual)?;
            let opening = visit.opening()?;
            let mut data = visit.data(&opening)?;
            visit.verb()?;
            visit.control.say("150 here\r\n")?;
            data.write_all(&content(10_000))?;
            reset(data)?;
            visit.control.say("226 done\r\n")?;
            visit.answer_to_the_end()?;
            visit.failed()
        },
    ),
    case(
        "a_reset_control_connection_ends_everything",
        "No CloseData follows a failed session: it drops the data connection itself.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Get, Patience::Usual)?;
            let opening = visit.opening()?;
            let mut data = visit.data(&opening)?;
            visit.verb()?;
            visit.control.say("150 here\r\n")?;
            data.write_all(b"part of it")?;
            queues::await_all_read(&visit.control.stream)?;
            visit.control.reset()?;
            end(&mut data, "the data connection")?;
            visit.process_fails()
        },
    ),
    case(
        "the_end_of_the_control_connection_ends_everything",
        "It tells handle_eof, and drops the data connection when the session fails.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Put, Patience::Usual)?;
            let opening = visit.opening()?;
            let mut data = visit.data(&opening)?;
            visit.verb()?;
            visit.control.say("150 here\r\n")?;
            data.read_exact(&mut [0; 1_000])?;
            visit.control.stream.shutdown(Shutdown::Write)?;
            visit.control.end()?;
            read_to_end(&mut data, "the data connection")?;
            visit.failed()
        },
    ),
    case(
        "an_upload_goes_on_when_the_server_closes_its_half",
        "While it sends, the end of the other direction is not the end of the connection.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Put, Patience::Usual)?;
            let opening = visit.opening()?;
            let mut data = visit.data(&opening)?;
            data.shutdown(Shutdown::Write)?;
            visit.verb()?;
            visit.control.say("150 here\r\n")?;
            let (found, how) = read_to_end(&mut data, "the data connection")?;
            visit.control.say("226 done\r\n")?;
            visit.uploaded(&found, how)
        },
    ),
    case(
        "a_transfer_that_the_server_calls_failed_stops",
        "CloseData ends what is still running, and no answer is owed behind it.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Get, Patience::Usual)?;
            let opening = visit.opening()?;
            let mut data = visit.data(&opening)?;
            visit.verb()?;
            visit.control.say("150 here\r\n")?;
            data.write_all(b"part of it")?;
            visit.control.say("451 it cannot be read\r\n")?;
            end(&mut data, "the data connection")?;
            visit.answer_to_the_end()?;
            visit.failed()
        },
    ),
    case(
        "an_upload_cut_short_is_reset",
        "Closing::Reset aborts the connection: an orderly end would say that the file is whole.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Put, Patience::Usual)?;
            let opening = visit.opening()?;
            let mut data = visit.data(&opening)?;
            visit.verb()?;
            visit.control.say("150 here\r\n")?;
            data.read_exact(&mut [0; 1_000])?;
            visit.control.say("452 the disk is full\r\n")?;
            let (_, how) = read_to_end(&mut data, "the data connection")?;
            if how == End::Orderly {
                return visit.fails("the upload was ended in order");
            }
            visit.answer_to_the_end()?;
            visit.failed()
        },
    ),
    case(
        "a_server_that_goes_away_during_a_transfer_is_left",
        "When the session fails on 421, it drops every socket.",
        |driver| {
            let mut visit = Visit::start(driver, Mode::Passive, Verb::Get, Patience::Usual)?;
            let opening = visit.opening()?;
            let mut data = visit.data(&opening)?;
            visit.verb()?;
            visit.control.say("150 here\r\n")?;
            data.write_all(b"part of it")?;
            visit.control.say("421 going down\r\n")?;
            end(&mut data, "the data connection")?;
            visit.control.end()?;
            visit.failed()
        },
    ),
    case(
        "an_empty_file_is_downloaded_in_passive_mode",
        "No bytes and an end are a whole file.",
        |driver| download(driver, Mode::Passive, 0),
    ),
    case(
        "an_empty_file_is_uploaded_in_active_mode",
        "No bytes and an end are a whole file.",
        |driver| upload(driver, Mode::Active, 0),
    ),
    case(
        "a_large_file_is_downloaded_in_passive_mode",
        "Whatever the sizes of reads and writes, every byte arrives once.",
        |driver| download(driver, Mode::Passive, LARGE),
    ),
    case(
        "a_large_file_is_downloaded_in_active_mode",
        "Whatever the sizes of reads and writes, every byte arrives once.",
        |driver| download(driver, Mode::Active, LARGE),
    ),
    case(
        "a_large_file_is_uploaded_in_passive_mode",
        "Complete means that all bytes are with the system and this half is closed, in order.",
        |driver| upload(driver, Mode::Passive, LARGE),
    ),
    case(
        "a_large_file_is_uploaded_in_active_mode",
        "Complete means that all bytes are with the system and this half is closed, in order.",
        |driver| upload(driver, Mode::Active, LARGE),
    ),
];

fn download(driver: &Driver, mode: Mode, size: usize) -> Result<(), Trouble> {
    let mut visit = Visit::start(driver, mode, Verb::Get, Patience::Usual)?;
    let file = content(size);
    let opening = visit.opening()?;
    visit.verb()?;
    visit.control.say("150 here\r\n")?;
    send_whole(visit.data(&opening)?, &file)?;
    visit.control.say("226 done\r\n")?;
    visit.ended_well(&file)
}

fn upload(driver: &Driver, mode: Mode, size: usize) -> Result<(), Trouble> {
    let mut visit = Visit::start_with(driver, mode, &content(size))?;
    let opening = visit.opening()?;
    visit.verb()?;
    visit.control.say("150 here\r\n")?;
    let mut data = visit.data(&opening)?;
    let (found, how) = read_to_end(&mut data, "the data connection")?;
    visit.control.say("226 done\r\n")?;
    same(&found, &content(size))?;
    visit.uploaded(&found, how)
}

const fn case(
    name: &'static str,
    owes: &'static str,
    run: fn(&Driver) -> Result<(), Trouble>,
) -> Case {
    Case {
        side: Side::Client,
        name,
        owes,
        run,
    }
}

/// More than all buffers between two processes hold: by default a socket sends at most 4 MiB and
/// receives at most 6 MiB ahead.
const LARGE: usize = 24 * 1024 * 1024 + 1;
