//! A program in C, made of the header, that calls every function as it must not be called.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use ftp_tests::library::{self, Linking};
use ftp_tests::{Trouble, trial};
use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    let by = |sanitizers: &'static str| {
        let name = match sanitizers {
            "" => "every_function_refuses_what_it_must".to_owned(),
            _ => "every_function_refuses_what_it_must::sanitized".to_owned(),
        };
        trial(name, move || calls(sanitizers))
    };
    ["", "-fsanitize=address,undefined"].map(by).into()
}

fn calls(sanitizers: &str) -> Result<(), Trouble> {
    let compiler = library::any_compiler()?;
    let header = fs::read_to_string(library::include().join("ftpproto.h"))?;
    let functions = functions(&header);
    if functions.len() < 100 {
        return Err(Trouble::failed(format_args!(
            "only {} functions",
            functions.len()
        )));
    }
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("calls.c");
    fs::write(&source, program(&functions))?;
    let binary = folder.path().join("calls");
    let options: &[&str] = match sanitizers {
        "" => &[],
        _ => &[sanitizers, "-fno-sanitize-recover=all"],
    };
    // NULL where the header asks for none is what is tested.
    let options = [options, &["-Wno-nonnull"]].concat();
    library::compile(compiler, &source, Linking::Shared, &options, &binary)?;
    let finished = library::run(Command::new(binary), "calls")?;
    match finished.status.success() {
        true => Ok(()),
        false => Err(Trouble::failed(finished)),
    }
}

/// A function of the header.
struct Function {
    name: String,
    returns: String,
    /// Types of what it takes, without names.
    takes: Vec<String>,
}

fn functions(header: &str) -> Vec<Function> {
    let mut text = String::new();
    let mut rest = header;
    while let Some((before, behind)) = rest.split_once("/*") {
        text.push_str(before);
        rest = behind.split_once("*/").map_or("", |(_, behind)| behind);
    }
    text.push_str(rest);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let text = lines.collect::<Vec<_>>().join(" ");
    text.split([';', '{', '}']).filter_map(function).collect()
}

fn function(statement: &str) -> Option<Function> {
    let (head, takes) = statement.trim().strip_suffix(')')?.split_once('(')?;
    let at = head.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    let (returns, name) = head.split_at(at + 1);
    if !name.starts_with("ftp_") || returns.contains("typedef") {
        return None;
    }
    let typed = |parameter: &str| {
        let parameter = parameter.trim();
        let end = parameter.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        parameter[..end.map_or(0, |end| end + 1)].trim().to_owned()
    };
    Some(Function {
        name: name.to_owned(),
        returns: returns.trim().to_owned(),
        takes: match takes.trim() {
            "void" => Vec::new(),
            takes => takes.split(',').map(typed).collect(),
        },
    })
}

fn program(functions: &[Function]) -> String {
    let mut text = String::from(HEAD);
    for function in functions {
        let zeroes = function
            .takes
            .iter()
            .map(|taken| match taken.ends_with('*') {
                true => "NULL".to_owned(),
                false => "0".to_owned(),
            });
        let call = call(function, zeroes);
        let points = function.takes.iter().any(|taken| taken.ends_with('*'));
        match function.returns.as_str() {
            // No function ends the log: NULL is no misuse there.
            "ftp_result" if points && function.name != "ftp_log_to" => {
                let _ = writeln!(text, "  is(FTP_ERROR_NULL, {call}, \"{}\");", function.name);
            }
            _ if points => {
                let _ = writeln!(text, "  (void)({call});");
            }
            // It makes what is to be freed.
            _ => {}
        }
    }
    for (number, function) in functions.iter().enumerate() {
        let frees = function.name.ends_with("_free");
        if frees
            || function.returns != "ftp_result"
            || !function.takes.iter().all(|taken| is_known(taken))
        {
            continue;
        }
        // Texts and buffers of no bytes, at a session that has just begun.
        let plain = |taken: &String| valid(taken, "0");
        let call_plain = call(function, function.takes.iter().map(plain));
        let name = &function.name;
        let _ = writeln!(
            text,
            "  fresh(); known({call_plain}, \"{name}, nothing\"); stale();"
        );
        for (at, taken) in function.takes.iter().enumerate() {
            if taken != "int32_t" {
                continue;
            }
            for out_of_range in ["-1", "INT32_MAX", "INT32_MIN", "1000"] {
                let arguments =
                    function
                        .takes
                        .iter()
                        .enumerate()
                        .map(|(other, taken)| match other == at {
                            true => out_of_range.to_owned(),
                            false => valid(taken, "1"),
                        });
                let call = call(function, arguments);
                let _ = writeln!(
                    text,
                    "  fresh(); is(FTP_ERROR_ENUM, {call}, \"{name}, {at}: {out_of_range} ({number})\"); stale();"
                );
            }
        }
    }
    text.push_str("  return failures > 0;\n}\n");
    text
}

fn call(function: &Function, arguments: impl Iterator<Item = String>) -> String {
    let arguments: Vec<String> = arguments.collect();
    format!("{}({})", function.name, arguments.join(", "))
}

/// Whether there is something to give for it.
fn is_known(taken: &str) -> bool {
    !valid(taken, "0").is_empty()
}

/// What may be given for a parameter of this type; texts and buffers have `len` bytes.
fn valid(taken: &str, len: &str) -> String {
    let handle = taken.strip_prefix("const ").unwrap_or(taken);
    let handle = handle.strip_prefix("struct ").unwrap_or(handle);
    let given = match handle {
        "ftp_client *" => "client",
        "ftp_server *" => "server",
        "ftp_client_config *" => "client_config",
        "ftp_server_config *" => "server_config",
        "ftp_listing_options *" => "listing_options",
        "ftp_listing_reader *" => "listing_reader",
        "ftp_reply_reader *" => "reply_reader",
        "ftp_codec *" => "codec",
        "ftp_address *" => "&address",
        "ftp_entry *" => "&entry",
        "ftp_date_time *" => "&date",
        "char *" | "void *" => "room",
        "size_t" | "uint32_t" | "uint64_t" | "int64_t" | "uint16_t" | "int16_t" => len,
        // The first of an enumeration.
        "int32_t" => "0",
        "size_t *" | "uint32_t *" | "uint64_t *" | "int64_t *" | "uint16_t *" | "bool *"
        | "ftp_accepted *" | "ftp_output *" | "ftp_wait *" | "ftp_reply *" | "ftp_slice *" => {
            return format!("({})out", taken.trim_start_matches("const "));
        }
        _ => "",
    };
    given.to_owned()
}

const HEAD: &str = r#"
#include <ftpproto.h>
#include <stdio.h>
#include <string.h>

static int failures;
static ftp_client *client;
static ftp_server *server;
static ftp_client_config *client_config;
static ftp_server_config *server_config;
static ftp_listing_options *listing_options;
static ftp_listing_reader *listing_reader;
static ftp_reply_reader *reply_reader;
static ftp_codec *codec;
static ftp_address address;
static ftp_entry entry;
static ftp_date_time date;
static char room[256];
static uint64_t out[64];

static void is(ftp_result expected, ftp_result found, const char *what) {
  if (found == expected) return;
  printf("%s: %d (%s) in place of %d\n", what, (int)found, ftp_result_string(found), (int)expected);
  failures++;
}

/* A result that the library documents, and no fault. */
static void known(ftp_result found, const char *what) {
  if (found >= FTP_OK && found < FTP_ERROR_OTHER && found != FTP_ERROR_PANIC &&
      found != FTP_ERROR_POISONED && found != FTP_ERROR_IN_USE)
    return;
  printf("%s: %d (%s)\n", what, (int)found, ftp_result_string(found));
  failures++;
}

static void fresh(void) {
  ftp_address_parse(FTP_TEXT("192.0.2.1:21"), &address);
  memset(room, 'x', sizeof room);
  memset(&entry, 0, sizeof entry);
  ftp_date_time_from_unix(0, &date);
  client_config = ftp_client_config_new();
  server_config = ftp_server_config_new();
  listing_options = ftp_listing_options_new(0);
  reply_reader = ftp_reply_reader_new();
  is(FTP_OK, ftp_client_new(NULL, &address, &address, 0, &client), "a client");
  is(FTP_OK, ftp_server_new(NULL, &address, &address, 0, 0, &server), "a server");
  is(FTP_OK, ftp_listing_reader_new(listing_options, &listing_reader), "a reader");
  is(FTP_OK, ftp_codec_new(0, 0, 0, 0, 0, &codec), "a codec");
}

static void stale(void) {
  ftp_client_free(client);
  ftp_server_free(server);
  ftp_client_config_free(client_config);
  ftp_server_config_free(server_config);
  ftp_listing_options_free(listing_options);
  ftp_listing_reader_free(listing_reader);
  ftp_reply_reader_free(reply_reader);
  ftp_codec_free(codec);
}

int main(void) {
"#;
