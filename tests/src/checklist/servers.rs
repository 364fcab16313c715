//! The cases for a driver of a server session: the peer is a scripted client.

mod call;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::SendFlags;

use self::call::{Call, Mode};
use super::connection::{Control, End, content, end, is_deserted, is_ready, read_to_end, same};
use super::connection::{dial, dial_as_stranger, reset, send_whole};
use super::{Case, Driver, Patience, Side, queues};
use crate::Trouble;

pub(super) const CASES: [Case; 27] = [
    case(
        "a_silent_client_is_sent_away",
        "It polls at the deadline, and closes on Action::Close.",
        |driver| {
            let mut call = Call::connect(driver, Patience::Little)?;
            call.control.expect(&[220])?;
            call.control.end().map(drop)
        },
    ),
    case(
        "nobody_connects_in_passive_mode",
        "Accepting runs beside the loop, which goes on keeping time; the session goes on.",
        |driver| {
            let mut call = Call::log_in_for(driver, Patience::Little, b"content")?;
            let way = call.open(Mode::Passive)?;
            call.control.say("RETR f\r\n")?;
            while call.control.expect(&[150, 425])? != 425 {}
            is_deserted(way.address()?)?;
            call.control.ask("NOOP", &[200]).map(drop)
        },
    ),
    case(
        "a_stalled_upload_is_ended",
        "It keeps time while bytes could come; the session goes on.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Little)?;
            let way = call.open(Mode::Passive)?;
            call.control.say("STOR f\r\n")?;
            let mut data = call.data(way)?;
            call.control.expect(&[150])?;
            call.control.expect(&[426, 451])?;
            end(&mut data, "the data connection")?;
            call.control.ask("NOOP", &[200]).map(drop)
        },
    ),
    case(
        "a_stalled_download_is_ended",
        "It keeps time while a write to the data connection is blocked; the session goes on.",
        |driver| {
            let mut call = Call::log_in_for(driver, Patience::Little, &content(LARGE))?;
            let way = call.open(Mode::Passive)?;
            call.control.say("RETR f\r\n")?;
            let mut data = call.data(way)?;
            call.control.expect(&[150])?;
            call.control.expect(&[426, 451])?;
            let (_, how) = read_to_end(&mut data, "the data connection")?;
            if how == End::Orderly {
                return Err(Trouble::failed("half a file was ended in order"));
            }
            call.control.ask("NOOP", &[200]).map(drop)
        },
    ),
    case(
        "a_client_that_reads_nothing_is_left",
        "A write that blocks is waited for beside the deadline that Session::wait() gives.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Little)?;
            flood(&mut call.control, "FEAT\r\n")?;
            queues::await_closed(&call.control.stream)
        },
    ),
    case(
        "a_client_that_reads_late_gets_every_reply",
        "When the connection takes bytes again, it goes on where it was, in order.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            let flood = flood(&mut call.control, "FEAT\r\n")?;
            for _ in 0..flood.whole {
                call.control.expect(&[211])?;
            }
            // The rest of a command that was cut when nothing more went through.
            call.control.say(flood.rest)?;
            call.control.expect(&[211])?;
            call.control.ask("NOOP", &[200]).map(drop)
        },
    ),
    case(
        "a_blocked_control_connection_does_not_stop_the_data",
        "Data moves while a write to the control connection is blocked.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            let file = content(LARGE);
            call.place("f", &file)?;
            let way = call.open(Mode::Passive)?;
            call.control.say("RETR f\r\n")?;
            let mut data = call.data(way)?;
            call.control.expect(&[150])?;
            // STAT is answered during a transfer.
            let flood = flood(&mut call.control, "STAT\r\n")?;
            let (found, _) = read_to_end(&mut data, "the data connection")?;
            same(&found, &file)?;
            // 226 comes somewhere between.
            for _ in 0..flood.whole + 1 {
                call.control.expect(&[211, 226])?;
            }
            call.control.say(flood.rest)?;
            call.control.expect(&[211])?;
            call.control.ask("NOOP", &[200]).map(drop)
        },
    ),
    case(
        "control_input_in_single_bytes_is_the_same",
        "It hands over what it reads, whatever the pieces are.",
        |driver| {
            let mut call = Call::connect(driver, Patience::Usual)?;
            call.control.expect(&[220])?;
            call.log_in_by_bytes()?;
            call.control.say_in_bytes("NOOP\r\n")?;
            call.control.expect(&[200]).map(drop)
        },
    ),
    case(
        "several_commands_in_one_segment_are_answered_in_order",
        "It polls until the session waits, not once for each read.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            call.place("f", b"content")?;
            call.control.say("SIZE f\r\nPWD\r\nNOOP\r\nQUIT\r\n")?;
            for code in [213, 257, 200, 221] {
                call.control.expect(&[code])?;
            }
            call.control.end().map(drop)
        },
    ),
    case(
        "data_may_come_before_the_command",
        "A connection that came, was filled and was closed is accepted and read all the same.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            let file = content(50_000);
            let way = call.open(Mode::Passive)?;
            send_whole(dial(way.address()?)?, &file)?;
            call.control.ask("STOR f", &[150])?;
            call.control.expect(&[226])?;
            call.has("f", &file)
        },
    ),
    case(
        "a_refused_transfer_leaves_no_data_connection",
        "CloseData closes a listener and what came to it; the session goes on.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            let way = call.open(Mode::Passive)?;
            let address = way.address()?;
            let mut early = dial(address)?;
            call.control.ask("RETR nowhere", &[550])?;
            call.control.ask("PASV", &[227])?;
            end(&mut early, "the data connection")?;
            is_deserted(address)?;
            download(&mut call, Mode::Passive, b"content")
        },
    ),
    case(
        "a_stranger_at_the_listener_is_dropped",
        "On Accepted::Drop it drops that connection and goes on listening.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            call.place("f", b"content")?;
            let way = call.open(Mode::Passive)?;
            let mut stranger = dial_as_stranger(way.address()?)?;
            call.control.say("RETR f\r\n")?;
            let (found, _) = read_to_end(&mut stranger, "a stranger's connection")?;
            same(&found, b"")?;
            let mut data = call.data(way)?;
            let (found, _) = read_to_end(&mut data, "the data connection")?;
            call.control.expect(&[150])?;
            call.control.expect(&[226])?;
            same(&found, b"content")
        },
    ),
    case(
        "an_abort_with_a_synch_is_heard_during_a_download",
        "Urgent data stays in line: otherwise the DM is lost, and IAC takes the A of ABOR.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            call.place("f", &content(LARGE))?;
            let way = call.open(Mode::Passive)?;
            call.control.say("RETR f\r\n")?;
            let mut data = call.data(way)?;
            call.control.expect(&[150])?;
            data.read_exact(&mut [0; 1_000])?;
            call.synch()?;
            call.control.say("ABOR\r\n")?;
            call.control.expect(&[426])?;
            call.control.expect(&[226])?;
            end(&mut data, "the data connection")?;
            call.control.ask("NOOP", &[200]).map(drop)
        },
    ),
    case(
        "an_abort_is_heard_before_the_data_connection",
        "What comes to a connection that was given up finds nobody.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            let way = call.open(Mode::Passive)?;
            call.control.say("STOR f\r\n")?;
            call.control.say("ABOR\r\n")?;
            while call.control.expect(&[150, 226, 426])? != 226 {}
            is_deserted(way.address()?)?;
            call.control.ask("NOOP", &[200]).map(drop)
        },
    ),
    case(
        "a_reset_upload_is_not_whole",
        "It never tells a reset as Complete; the session goes on.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            let way = call.open(Mode::Passive)?;
            call.control.say("STOR f\r\n")?;
            let mut data = call.data(way)?;
            call.control.expect(&[150])?;
            data.write_all(&content(10_000))?;
            reset(data)?;
            call.control.expect(&[426, 451])?;
            call.control.ask("NOOP", &[200]).map(drop)
        },
    ),
    case(
        "a_reset_download_is_told",
        "A write that fails ends the transfer, not the session and not the program.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            call.place("f", &content(LARGE))?;
            let way = call.open(Mode::Passive)?;
            call.control.say("RETR f\r\n")?;
            let mut data = call.data(way)?;
            call.control.expect(&[150])?;
            data.read_exact(&mut [0; 1_000])?;
            reset(data)?;
            call.control.expect(&[426, 451])?;
            call.control.ask("NOOP", &[200]).map(drop)
        },
    ),
    case(
        "a_reset_control_connection_ends_the_transfer",
        "After handle_lost the session takes everything apart, and the next client is served.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            call.place("f", &content(LARGE))?;
            let way = call.open(Mode::Passive)?;
            call.control.say("RETR f\r\n")?;
            let mut data = call.data(way)?;
            call.control.expect(&[150])?;
            call.control.reset()?;
            let (found, how) = read_to_end(&mut data, "the data connection")?;
            if how == End::Orderly || found.len() == LARGE {
                return Err(Trouble::failed("the transfer went on"));
            }
            call.again()?;
            download(&mut call, Mode::Passive, b"content")
        },
    ),
    case(
        "what_came_before_the_end_is_answered",
        "After handle_eof it goes on writing until Action::Close.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            call.control.say("PWD\r\nNOOP\r\n")?;
            call.control.stream.shutdown(Shutdown::Write)?;
            call.control.expect(&[257])?;
            call.control.expect(&[200])?;
            call.control.end().map(drop)
        },
    ),
    case(
        "a_download_goes_on_when_the_client_closes_its_half",
        "While it sends, the end of the other direction is not the end of the connection.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            let file = content(LARGE);
            call.place("f", &file)?;
            let way = call.open(Mode::Passive)?;
            call.control.say("RETR f\r\n")?;
            let mut data = call.data(way)?;
            data.shutdown(Shutdown::Write)?;
            call.control.expect(&[150])?;
            let (found, _) = read_to_end(&mut data, "the data connection")?;
            call.control.expect(&[226])?;
            same(&found, &file)
        },
    ),
    case(
        "an_upload_ends_before_the_quit_behind_it",
        "221 goes out before the close, and after everything that was asked before.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            let file = content(1_000_000);
            let way = call.open(Mode::Passive)?;
            call.control.say("STOR f\r\nQUIT\r\n")?;
            send_whole(call.data(way)?, &file)?;
            for code in [150, 226, 221] {
                call.control.expect(&[code])?;
            }
            call.control.end()?;
            call.has("f", &file)
        },
    ),
    case(
        "nothing_is_left_open_after_the_session",
        "With Action::Close everything of the session is closed.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            let way = call.open(Mode::Passive)?;
            call.control.ask("QUIT", &[221])?;
            call.control.end()?;
            is_deserted(way.address()?)
        },
    ),
    case(
        "an_empty_file_is_downloaded",
        "No bytes and an end are a whole file.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            download(&mut call, Mode::Passive, b"")?;
            download(&mut call, Mode::Active, b"")
        },
    ),
    case(
        "an_empty_file_is_uploaded",
        "No bytes and an end are a whole file.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            upload(&mut call, Mode::Passive, b"")?;
            upload(&mut call, Mode::Active, b"")
        },
    ),
    case(
        "a_large_file_is_downloaded_in_passive_mode",
        "Whatever the sizes of reads and writes, every byte arrives once.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            download(&mut call, Mode::Passive, &content(LARGE))
        },
    ),
    case(
        "a_large_file_is_downloaded_in_active_mode",
        "Whatever the sizes of reads and writes, every byte arrives once.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            download(&mut call, Mode::Active, &content(LARGE))
        },
    ),
    case(
        "a_large_file_is_uploaded_in_passive_mode",
        "226 says that the file is whole and on disk under its name.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            upload(&mut call, Mode::Passive, &content(LARGE))
        },
    ),
    case(
        "a_large_file_is_uploaded_in_active_mode",
        "226 says that the file is whole and on disk under its name.",
        |driver| {
            let mut call = Call::log_in(driver, Patience::Usual)?;
            upload(&mut call, Mode::Active, &content(LARGE))
        },
    ),
];

fn download(call: &mut Call, mode: Mode, file: &[u8]) -> Result<(), Trouble> {
    call.place("f", file)?;
    let way = call.open(mode)?;
    call.control.say("RETR f\r\n")?;
    let mut data = call.data(way)?;
    let (found, how) = read_to_end(&mut data, "the data connection")?;
    call.control.expect(&[150])?;
    call.control.expect(&[226])?;
    if how != End::Orderly {
        return Err(Trouble::failed("the download did not end in order"));
    }
    same(&found, file)
}

fn upload(call: &mut Call, mode: Mode, file: &[u8]) -> Result<(), Trouble> {
    let way = call.open(mode)?;
    call.control.say("STOR f\r\n")?;
    send_whole(call.data(way)?, file)?;
    call.control.expect(&[150])?;
    call.control.expect(&[226])?;
    call.has("f", file)
}

/// What went through until a connection was blocked.
struct Flood {
    whole: usize,
    /// What is to be said of the last command, all of it if none was cut.
    rest: &'static str,
}

/// Says a command again and again without reading, until nothing more goes through.
fn flood(control: &mut Control, command: &'static str) -> Result<Flood, Trouble> {
    let many = command.repeat(1_000);
    let mut said = 0;
    while is_ready(&control.stream, PollFlags::OUT, BLOCKED)? {
        let from = said % command.len();
        let rest = many.as_bytes().get(from..).unwrap_or_default();
        match rustix::net::send(
            &control.stream,
            rest,
            SendFlags::DONTWAIT | SendFlags::NOSIGNAL,
        ) {
            Ok(taken) => said += taken,
            Err(Errno::AGAIN) => {}
            // The driver has left already.
            Err(Errno::PIPE | Errno::CONNRESET) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Flood {
        whole: said / command.len(),
        rest: command.get(said % command.len()..).unwrap_or_default(),
    })
}

const fn case(
    name: &'static str,
    owes: &'static str,
    run: fn(&Driver) -> Result<(), Trouble>,
) -> Case {
    Case {
        side: Side::Server,
        name,
        owes,
        run,
    }
}

/// A connection that takes nothing for so long is blocked.
const BLOCKED: Duration = Duration::from_millis(300);

/// More than all buffers between two processes hold.
const LARGE: usize = 24 * 1024 * 1024 + 1;
